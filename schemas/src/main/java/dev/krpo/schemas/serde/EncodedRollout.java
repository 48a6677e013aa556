package dev.krpo.schemas.serde;

import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.TokenRun;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/**
 * A rollout in its encoded form, with the fields that an estimator needs. A sample begins with its rollout, so the
 * bytes are reused as they are; a completion of thousands of tokens is not decoded and re-encoded. The result is
 * byte-identical to {@link RecordSerde}'s.
 *
 * @param promptTokens token ids, [prompt length]
 * @param completionTokens token ids, [time]
 * @param behaviourLogProbs natural logarithms, [time]
 * @param nucleusLogMass natural logarithms, [time], or empty when topP is 1
 * @param body Avro binary of the current {@link Rollout} schema, without the single-object header
 */
public record EncodedRollout(
        String rolloutId,
        String taskId,
        String groupId,
        int groupSize,
        int index,
        String promptId,
        String dataset,
        String policyName,
        int[] promptTokens,
        int[] completionTokens,
        float[] behaviourLogProbs,
        List<TokenRun> versionRuns,
        double reward,
        Map<String, Double> rewardComponents,
        double temperature,
        double topP,
        float[] nucleusLogMass,
        byte[] body) {

    private static final RecordSerde<Rollout> ROLLOUTS = RecordSerde.of(Rollout.class);
    private static final long CURRENT = RecordSerde.fingerprint(Rollout.getClassSchema());
    private static final byte[] SAMPLE_HEADER = RecordSerde.header(AdvantageSample.getClassSchema());
    private static final int SAMPLE_TAIL_BYTES = 64;

    /** @throws UndecodableRecordException like {@link RecordSerde#decode} */
    public static EncodedRollout read(byte[] bytes) {
        Schema writer = RecordSerde.writerOf(bytes, Rollout.class);
        if (RecordSerde.fingerprintIn(bytes) != CURRENT) {
            return read(ROLLOUTS.encode(ROLLOUTS.decode(bytes)));
        }
        try {
            return readCurrent(bytes);
        } catch (RuntimeException e) {
            throw RecordFault.of(new CheckedDecoder(bytes, RecordSerde.HEADER_BYTES), writer, e);
        }
    }

    private static EncodedRollout readCurrent(byte[] bytes) {
        CheckedDecoder in = new CheckedDecoder(bytes, RecordSerde.HEADER_BYTES);
        String rolloutId = in.readString();
        String taskId = in.readString();
        String groupId = in.readString();
        int groupSize = in.readInt();
        int index = in.readInt();
        String promptId = in.readString();
        String dataset = in.readString();
        String policyName = in.readString();
        int[] promptTokens = ints(in);
        int[] completionTokens = ints(in);
        float[] behaviourLogProbs = floats(in);
        List<TokenRun> versionRuns = runs(in, completionTokens.length);
        in.skipString();
        double reward = in.readDouble();
        Map<String, Double> rewardComponents = components(in);
        int finishReason = in.readEnum();
        if (finishReason < 0 || finishReason >= FinishReason.values().length) {
            throw in.fault("enum-out-of-range", "finishReason is number " + finishReason);
        }
        double temperature = in.readDouble();
        double topP = in.readDouble();
        in.readInt();
        in.readLong();
        in.skipString();
        in.readLong();
        in.readLong();
        in.readLong();
        float[] nucleusLogMass = floats(in);
        in.requireEnd();
        return new EncodedRollout(
                rolloutId,
                taskId,
                groupId,
                groupSize,
                index,
                promptId,
                dataset,
                policyName,
                promptTokens,
                completionTokens,
                behaviourLogProbs,
                versionRuns,
                reward,
                rewardComponents,
                temperature,
                topP,
                nucleusLogMass,
                Arrays.copyOfRange(bytes, RecordSerde.HEADER_BYTES, bytes.length));
    }

    /**
     * The {@link AdvantageSample} of this rollout in single-object encoding; for the parameters see that record's
     * schema.
     */
    public byte[] sample(
            double advantage,
            double baseline,
            double variance,
            String estimator,
            int order,
            long observations,
            long estimatedAtMs,
            String leftOut) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(SAMPLE_HEADER.length + body.length + SAMPLE_TAIL_BYTES);
        bytes.writeBytes(SAMPLE_HEADER);
        bytes.writeBytes(body);
        BinaryEncoder tail = EncoderFactory.get().directBinaryEncoder(bytes, null);
        try {
            tail.writeDouble(advantage);
            tail.writeDouble(baseline);
            tail.writeDouble(variance);
            tail.writeString(estimator);
            tail.writeInt(order);
            tail.writeLong(observations);
            tail.writeLong(estimatedAtMs);
            tail.writeString(leftOut);
        } catch (IOException e) {
            throw new UncheckedIOException("encoding the sample of rollout " + rolloutId, e);
        }
        return bytes.toByteArray();
    }

    private static int[] ints(CheckedDecoder in) {
        int[] values = {};
        int size = 0;
        for (long items = in.readArrayStart(); items > 0; items = in.arrayNext()) {
            int end = size + (int) items;
            if (end > values.length) {
                // At least double it: an array in millions of blocks must not be copied once per block.
                values = Arrays.copyOf(values, Math.max(end, 2 * size));
            }
            while (size < end) {
                values[size++] = in.readInt();
            }
        }
        return size == values.length ? values : Arrays.copyOf(values, size);
    }

    private static float[] floats(CheckedDecoder in) {
        float[] values = {};
        int size = 0;
        for (long items = in.readArrayStart(); items > 0; items = in.arrayNext()) {
            int end = size + (int) items;
            if (end > values.length) {
                // At least double it: an array in millions of blocks must not be copied once per block.
                values = Arrays.copyOf(values, Math.max(end, 2 * size));
            }
            while (size < end) {
                values[size++] = in.readFloat();
            }
        }
        return size == values.length ? values : Arrays.copyOf(values, size);
    }

    private static List<TokenRun> runs(CheckedDecoder in, int tokens) {
        List<TokenRun> runs = new ArrayList<>(1);
        for (long items = in.readArrayStart(); items > 0; items = in.arrayNext()) {
            if (items > BoundedRunsReader.maxRuns(tokens) - runs.size()) {
                throw BoundedRunsReader.tooManyRuns(tokens);
            }
            for (long i = 0; i < items; i++) {
                runs.add(new TokenRun(in.readLong(), in.readInt()));
            }
        }
        return runs;
    }

    private static Map<String, Double> components(CheckedDecoder in) {
        Map<String, Double> components = new HashMap<>();
        for (long items = in.readMapStart(); items > 0; items = in.mapNext()) {
            for (long i = 0; i < items; i++) {
                components.put(in.readString(), in.readDouble());
            }
        }
        return components;
    }
}
