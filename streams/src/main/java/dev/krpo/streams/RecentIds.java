package dev.krpo.streams;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.SchemaNormalization;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Remembers the newest ids of each prompt. Counted, not timed: what is dropped then depends on the order of the log alone, so that
 * a replay drops the same, and a pause of hours forgets nothing. Kept under the prompt, because a repeat has the prompt of
 * the original and one read of a cached state is all that the question then costs.
 *
 * <p>An id is stored as its 64-bit Rabin fingerprint: of 256 remembered ids, a new one equals one by chance once in 7e16 rollouts.
 */
final class RecentIds {

    /** What an id names; the letter keeps the kinds apart. */
    enum Kind {
        ROLLOUT("r"),
        CLOSED_GROUP("g");

        private final String letter;

        Kind(String letter) {
            this.letter = letter;
        }
    }

    private final Kind kind;
    private final KeyValueStore<String, byte[]> store;
    private final int remembered;

    RecentIds(Kind kind, KeyValueStore<String, byte[]> store, int remembered) {
        this.kind = kind;
        this.store = store;
        this.remembered = remembered;
    }

    boolean contains(String promptId, String id) {
        return position(store.get(promptId), fingerprint(id)) >= 0;
    }

    /** Remembers the id and forgets the oldest one if there are too many; false if it was remembered already. */
    boolean add(String promptId, String id) {
        byte[] known = store.get(promptId);
        long fingerprint = fingerprint(id);
        if (position(known, fingerprint) >= 0) {
            return false;
        }
        byte[] kept = known == null ? new byte[0] : known;
        int drop = Math.max(0, kept.length + Long.BYTES - remembered * Long.BYTES);
        byte[] updated = Arrays.copyOfRange(kept, drop, kept.length + Long.BYTES);
        ByteBuffer.wrap(updated).putLong(updated.length - Long.BYTES, fingerprint);
        store.put(promptId, updated);
        return true;
    }

    /** As if the id had never come: what was refused may come again. */
    void remove(String promptId, String id) {
        byte[] known = store.get(promptId);
        int at = position(known, fingerprint(id));
        if (at >= 0) {
            store.put(
                    promptId,
                    ByteBuffer.allocate(known.length - Long.BYTES)
                            .put(known, 0, at)
                            .put(known, at + Long.BYTES, known.length - at - Long.BYTES)
                            .array());
        }
    }

    /** Where the fingerprint lies, in bytes; -1 if it does not. */
    private static int position(byte[] known, long fingerprint) {
        if (known == null) {
            return -1;
        }
        ByteBuffer fingerprints = ByteBuffer.wrap(known);
        for (int at = known.length - Long.BYTES; at >= 0; at -= Long.BYTES) {
            if (fingerprints.getLong(at) == fingerprint) {
                return at;
            }
        }
        return -1;
    }

    private long fingerprint(String id) {
        return SchemaNormalization.fingerprint64((kind.letter + id).getBytes(StandardCharsets.UTF_8));
    }
}
