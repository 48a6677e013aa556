package dev.krpo.policy.checkpoint;

import dev.krpo.policy.checkpoint.SafetensorsIndex.Entry;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/**
 * Reads tensors of any length as float32 through a buffer of fixed size, so that a file is never in memory beside its
 * tensors. Reads instead of mapping the file, because mapped pages stay resident until the garbage collector unmaps
 * them, and a file that shrinks meanwhile kills the process. Not thread-safe.
 */
final class FloatWindow {

    /** Values per window. */
    static final int VALUES = 1 << 20;

    /** In the order of the files, which is that of every platform that the engine runs on. */
    private final ByteBuffer floats =
            ByteBuffer.allocateDirect(VALUES * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private final ByteBuffer halves =
            ByteBuffer.allocateDirect(VALUES * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);

    /** Receives consecutive parts of a tensor. */
    interface Sink {
        /**
         * @param offset of the first value
         * @param part little-endian float32, valid during this call
         */
        void accept(long offset, ByteBuffer part);
    }

    /**
     * @param dataStart position in the file from which the entry's offsets count
     * @param entry of floating-point type
     */
    void read(FileChannel channel, long dataStart, Entry entry, Sink sink) throws IOException {
        int width = entry.type().bytes();
        long values = entry.values();
        for (long offset = 0; offset < values; offset += VALUES) {
            int count = (int) Math.min(VALUES, values - offset);
            ByteBuffer raw = entry.type() == SafetensorsIndex.Type.F32 ? floats : halves;
            floats.clear();
            raw.clear().limit(count * width);
            fill(channel, raw, dataStart + entry.begin() + offset * width);
            switch (entry.type()) {
                case F32 -> {}
                case BF16 -> {
                    for (int i = 0; i < count; i++) {
                        floats.putInt(i * Float.BYTES, halves.getShort(i * Short.BYTES) << 16);
                    }
                }
                case F16 -> {
                    for (int i = 0; i < count; i++) {
                        floats.putFloat(i * Float.BYTES, halfToFloat(halves.getShort(i * Short.BYTES)));
                    }
                }
                case I64 -> throw new IllegalArgumentException(entry.name() + " has integers");
            }
            floats.clear().limit(count * Float.BYTES);
            sink.accept(offset, floats);
        }
    }

    static void fill(FileChannel channel, ByteBuffer buffer, long position) throws IOException {
        while (buffer.hasRemaining()) {
            long at = position + buffer.position();
            if (channel.read(buffer, at) < 0) {
                throw new EOFException("The file ended while being read, at byte " + at);
            }
        }
    }

    /** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
    private static float halfToFloat(short half) {
        int exponent = (half >>> 10) & 0x1f;
        int fraction = half & 0x3ff;
        float magnitude =
                switch (exponent) {
                    case 0 -> fraction * 0x1p-24f;
                    case 31 -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
                    default -> Float.intBitsToFloat((exponent + 112) << 23 | fraction << 13);
                };
        return half < 0 ? -magnitude : magnitude;
    }
}
