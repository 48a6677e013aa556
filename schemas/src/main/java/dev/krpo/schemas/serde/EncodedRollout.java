package dev.krpo.schemas.serde;

import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.TokenRun;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/**
 * A rollout that stays in its encoded form, with the fields that an estimator needs. A sample begins with its rollout, so the bytes
 * go on as they came; a completion of thousands of tokens is not taken apart and put together again. The result equals
 * {@link RecordSerde}'s, to the byte.
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

    /** @throws UndecodableRecordException as {@link RecordSerde#decode} does */
    public static EncodedRollout read(byte[] bytes) {
        if (RecordSerde.fingerprintOf(bytes, Rollout.class) != CURRENT) {
            return read(ROLLOUTS.encode(ROLLOUTS.decode(bytes)));
        }
        try {
            return readCurrent(bytes);
        } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
            throw UndecodableRecordException.truncated(bytes.length, Rollout.class, CURRENT, e);
        }
    }

    private static EncodedRollout readCurrent(byte[] bytes) throws IOException {
        int header = RecordSerde.HEADER_BYTES;
        int length = bytes.length - header;
        BinaryDecoder in = DecoderFactory.get().binaryDecoder(bytes, header, length, null);
        String rolloutId = in.readString();
        String taskId = in.readString();
        String groupId = in.readString();
        int groupSize = in.readInt();
        int index = in.readInt();
        String promptId = in.readString();
        String dataset = in.readString();
        String policyName = in.readString();
        int[] promptTokens = ints(in, length);
        int[] completionTokens = ints(in, length);
        float[] behaviourLogProbs = floats(in, length);
        List<TokenRun> versionRuns = runs(in);
        passString(in);
        double reward = in.readDouble();
        Map<String, Double> rewardComponents = components(in);
        int finishReason = in.readEnum();
        if (finishReason < 0 || finishReason >= FinishReason.values().length) {
            throw new IOException(
                    "finishReason is number " + finishReason + " of " + Arrays.toString(FinishReason.values()));
        }
        double temperature = in.readDouble();
        double topP = in.readDouble();
        in.readInt();
        in.readLong();
        passString(in);
        in.readLong();
        in.readLong();
        in.readLong();
        float[] nucleusLogMass = floats(in, length);
        int end = bytes.length - in.inputStream().available();
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
                Arrays.copyOfRange(bytes, header, end));
    }

    /** The {@link AdvantageSample} of this rollout in single-object encoding; for the parameters see that record's schema. */
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

    /** Reads, because Avro's own skipping takes a negative length for a step back. */
    private static void passString(BinaryDecoder in) throws IOException {
        in.readString(null);
    }

    private static int[] ints(BinaryDecoder in, int limit) throws IOException {
        int[] values = {};
        for (long items = in.readArrayStart(); items > 0; items = in.arrayNext()) {
            int from = values.length;
            values = Arrays.copyOf(values, from + checked(items, limit));
            for (int i = from; i < values.length; i++) {
                values[i] = in.readInt();
            }
        }
        return values;
    }

    private static float[] floats(BinaryDecoder in, int limit) throws IOException {
        float[] values = {};
        for (long items = in.readArrayStart(); items > 0; items = in.arrayNext()) {
            int from = values.length;
            values = Arrays.copyOf(values, from + checked(items, limit));
            for (int i = from; i < values.length; i++) {
                values[i] = in.readFloat();
            }
        }
        return values;
    }

    private static List<TokenRun> runs(BinaryDecoder in) throws IOException {
        List<TokenRun> runs = new ArrayList<>(1);
        for (long items = in.readArrayStart(); items > 0; items = in.arrayNext()) {
            for (long i = 0; i < items; i++) {
                runs.add(new TokenRun(in.readLong(), in.readInt()));
            }
        }
        return runs;
    }

    private static Map<String, Double> components(BinaryDecoder in) throws IOException {
        Map<String, Double> components = new HashMap<>();
        for (long items = in.readMapStart(); items > 0; items = in.mapNext()) {
            for (long i = 0; i < items; i++) {
                components.put(in.readString(), in.readDouble());
            }
        }
        return components;
    }

    /** An item takes a byte at least: a damaged count must not claim the memory of the process. */
    private static int checked(long items, int limit) throws EOFException {
        if (items > limit) {
            throw new EOFException(items + " items in " + limit + " bytes");
        }
        return (int) items;
    }
}
