package dev.krpo.streams.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.avro.SchemaNormalization;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Remembers the newest ids of each prompt. The limit is a count, not a time: which repeats are dropped then depends on
 * the order of the log alone, so a replay drops the same ones, and a pause of hours forgets nothing. Stored by prompt,
 * because a repeat has the same prompt as the original, so a lookup costs only one read of a cached state.
 *
 * <p>An id is stored as its 64-bit Rabin fingerprint: of 256 remembered ids, a new one equals one by chance once in
 * 7e16 rollouts. Earlier builds stored the ids under the prompt's id alone and without a format byte; a prompt starts
 * with a copy of those.
 */
public final class RecentIds {

    private static final byte FORMAT = 1;
    /** The format byte. */
    private static final int HEAD = 1;

    private static final byte[] NOTHING = {FORMAT};

    /** The kind of an id; the letter distinguishes the kinds. */
    public enum Kind {
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

    public RecentIds(Kind kind, KeyValueStore<String, byte[]> store, int remembered) {
        this.kind = kind;
        this.store = store;
        this.remembered = remembered;
    }

    public boolean contains(PromptKey prompt, String id) {
        return position(known(prompt), fingerprint(id)) >= 0;
    }

    /** Remembers the id and forgets the oldest one if there are too many; false if it was already remembered. */
    public boolean add(PromptKey prompt, String id) {
        byte[] known = known(prompt);
        long fingerprint = fingerprint(id);
        if (position(known, fingerprint) >= 0) {
            return false;
        }
        int kept = Math.min(known.length - HEAD, (remembered - 1) * Long.BYTES);
        ByteBuffer updated = ByteBuffer.allocate(HEAD + kept + Long.BYTES)
                .put(FORMAT)
                .put(known, known.length - kept, kept)
                .putLong(fingerprint);
        store.put(prompt.stored(), updated.array());
        return true;
    }

    /** Forgets the id, so that a rejected rollout may be redelivered. */
    public void remove(PromptKey prompt, String id) {
        byte[] known = known(prompt);
        int at = position(known, fingerprint(id));
        if (at >= 0) {
            store.put(
                    prompt.stored(),
                    ByteBuffer.allocate(known.length - Long.BYTES)
                            .put(known, 0, at)
                            .put(known, at + Long.BYTES, known.length - at - Long.BYTES)
                            .array());
        }
    }

    /** With a leading format byte. */
    private byte[] known(PromptKey prompt) {
        byte[] known = store.get(prompt.stored());
        if (known != null) {
            return checked(known);
        }
        byte[] former = store.get(prompt.promptId());
        // With a format byte, it belongs to a prompt whose key happens to equal this prompt's id.
        return former == null || former.length % Long.BYTES != 0
                ? NOTHING
                : ByteBuffer.allocate(HEAD + former.length)
                        .put(FORMAT)
                        .put(former)
                        .array();
    }

    private static byte[] checked(byte[] known) {
        if (known[0] != FORMAT) {
            throw new IllegalStateException("remembered ids have format " + known[0] + ", this release reads " + FORMAT
                    + "; run the release that wrote them, or reset the application with another streams.applicationId");
        }
        return known;
    }

    /** Byte offset of the fingerprint; -1 if absent. */
    private static int position(byte[] known, long fingerprint) {
        ByteBuffer fingerprints = ByteBuffer.wrap(known);
        for (int at = known.length - Long.BYTES; at >= HEAD; at -= Long.BYTES) {
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
