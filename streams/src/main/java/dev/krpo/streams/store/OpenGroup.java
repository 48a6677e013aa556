package dev.krpo.streams.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * A group that is waiting for members.
 *
 * @param owner prompt and policy of its first member; null if written by an earlier build
 * @param size announced number of members
 * @param arrived number of members that have arrived
 * @param rejected indices of rejected members, which it does not wait for
 * @param openedAtMs arrival of the first member, by the clock of the group timeout
 */
public record OpenGroup(PromptKey owner, int size, int arrived, Set<Integer> rejected, long openedAtMs) {

    /** The bytes of earlier builds begin with a positive size. */
    private static final byte FORMAT = -1;

    private static final PromptKey UNKNOWN = new PromptKey("", "", "");

    public OpenGroup {
        rejected = Set.copyOf(rejected);
    }

    public static OpenGroup of(PromptKey owner, int size, long openedAtMs) {
        return new OpenGroup(owner, size, 0, Set.of(), openedAtMs);
    }

    public static Serde<OpenGroup> serde() {
        return Serdes.serdeFrom(
                (topic, group) -> group == null ? null : group.toBytes(),
                (topic, bytes) -> bytes == null ? null : fromBytes(ByteBuffer.wrap(bytes)));
    }

    public OpenGroup ownedBy(PromptKey prompt) {
        return new OpenGroup(prompt, size, arrived, rejected, openedAtMs);
    }

    public OpenGroup withArrived(int index) {
        return new OpenGroup(owner, size, arrived + 1, without(index), openedAtMs);
    }

    public OpenGroup withRejected(int index) {
        Set<Integer> more = new TreeSet<>(rejected);
        more.add(index);
        return new OpenGroup(owner, size, arrived, more, openedAtMs);
    }

    public OpenGroup openedAt(long timeMs) {
        return new OpenGroup(owner, size, arrived, rejected, timeMs);
    }

    public boolean isOf(PromptKey prompt, int groupSize) {
        return owner.equals(prompt) && size == groupSize;
    }

    /** True if there are no more members to wait for. */
    public boolean isComplete() {
        return arrived + rejected.size() == size;
    }

    private Set<Integer> without(int index) {
        if (!rejected.contains(index)) {
            return rejected;
        }
        Set<Integer> fewer = new TreeSet<>(rejected);
        fewer.remove(index);
        return fewer;
    }

    private byte[] toBytes() {
        PromptKey names = owner == null ? UNKNOWN : owner;
        byte[] policy = utf8(names.policyName());
        byte[] dataset = utf8(names.dataset());
        byte[] prompt = utf8(names.promptId());
        int length = policy.length + dataset.length + prompt.length;
        ByteBuffer buffer = ByteBuffer.allocate(1 + Integer.BYTES * (6 + rejected.size()) + Long.BYTES + length)
                .put(FORMAT)
                .putInt(size)
                .putInt(arrived)
                .putLong(openedAtMs)
                .putInt(policy.length)
                .put(policy)
                .putInt(dataset.length)
                .put(dataset)
                .putInt(prompt.length)
                .put(prompt)
                .putInt(rejected.size());
        new TreeSet<>(rejected).forEach(buffer::putInt);
        return buffer.array();
    }

    private static OpenGroup fromBytes(ByteBuffer buffer) {
        if (buffer.get(0) >= 0) {
            return new OpenGroup(null, buffer.getInt(), buffer.getInt(), Set.of(), buffer.getLong());
        }
        byte format = buffer.get();
        if (format != FORMAT) {
            throw new IllegalStateException("an open group has format " + format + ", this release reads " + FORMAT
                    + "; run the release that wrote it, or reset the application with another streams.applicationId");
        }
        int size = buffer.getInt();
        int arrived = buffer.getInt();
        long openedAtMs = buffer.getLong();
        PromptKey owner = new PromptKey(text(buffer), text(buffer), text(buffer));
        Set<Integer> rejected = new TreeSet<>();
        for (int left = buffer.getInt(); left > 0; left--) {
            rejected.add(buffer.getInt());
        }
        return new OpenGroup(owner.equals(UNKNOWN) ? null : owner, size, arrived, rejected, openedAtMs);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.getInt()];
        buffer.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
