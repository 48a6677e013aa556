package dev.krpo.schemas.serde;

import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.TokenRun;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.io.ResolvingDecoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;

/**
 * Reads a record of any released schema without allocating memory for more version runs than it has tokens. Released
 * schemas have {@code completionTokens} before {@code versionRuns}.
 */
final class BoundedRunsReader<T> extends SpecificDatumReader<T> {

    BoundedRunsReader(Schema writer, Schema reader, SpecificData data) {
        super(writer, reader, data);
    }

    /**
     * The maximum number of version runs of a completion: each token belongs to exactly one.
     *
     * @param tokens of the completion
     */
    static int maxRuns(int tokens) {
        return Math.max(tokens, RecordLimits.MAX_ENTRIES);
    }

    static MalformedBytesException tooManyRuns(int tokens) {
        return new MalformedBytesException(
                "count-out-of-range",
                "Rollout.versionRuns: more than " + maxRuns(tokens) + " runs, and completionTokens has " + tokens
                        + "; each completion token belongs to one run");
    }

    @Override
    protected void readField(Object record, Schema.Field field, Object old, ResolvingDecoder in, Object state)
            throws IOException {
        if (record instanceof Rollout rollout && field.name().equals("versionRuns")) {
            int tokens = rollout.getCompletionTokens() == null
                    ? 0
                    : rollout.getCompletionTokens().size();
            rollout.put(field.pos(), runs(field.schema().getElementType(), in, tokens));
        } else {
            super.readField(record, field, old, in, state);
        }
    }

    private List<TokenRun> runs(Schema run, ResolvingDecoder in, int tokens) throws IOException {
        List<TokenRun> runs = new ArrayList<>(1);
        for (long items = in.readArrayStart(); items > 0; items = in.arrayNext()) {
            if (items > maxRuns(tokens) - runs.size()) {
                throw tooManyRuns(tokens);
            }
            for (long i = 0; i < items; i++) {
                runs.add((TokenRun) read(null, run, in));
            }
        }
        return runs;
    }
}
