package dev.krpo.policy.tokenizer;

import java.util.Arrays;
import java.util.function.Function;
import java.util.function.IntPredicate;

/**
 * Decodes ids one by one. A token may end within a character, and some decoders drop the first space, so each text is
 * the difference between two decoded windows that start where an earlier text started. Not thread-safe.
 */
public final class StreamingDecoder {

    private static final String REPLACEMENT = "\uFFFD";

    private final Function<int[], String> decode;
    private final IntPredicate isOmitted;
    private final IntPredicate isByte;
    private int[] ids = new int[64];
    private int size;
    /** Start of the last text. */
    private int window;
    /** End of the last text. */
    private int done;

    private boolean afterByte;

    StreamingDecoder(Function<int[], String> decode) {
        this(decode, id -> false, id -> false);
    }

    /**
     * @param isOmitted true for tokens that have no text
     * @param isByte true for tokens that are a byte, whose text depends on all bytes beside it
     */
    StreamingDecoder(Function<int[], String> decode, IntPredicate isOmitted, IntPredicate isByte) {
        this.decode = decode;
        this.isOmitted = isOmitted;
        this.isByte = isByte;
    }

    /**
     * The text that has become certain with this id; empty within a character.
     *
     * @throws IllegalArgumentException if the id does not exist
     */
    public String add(int id) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, 2 * size);
        }
        ids[size++] = id;
        if (!isOmitted.test(id)) {
            afterByte = isByte.test(id);
        }
        return afterByte ? "" : next(false);
    }

    /** The remaining text, in which an incomplete character is U+FFFD. */
    public String finish() {
        return next(true);
    }

    private String next(boolean last) {
        String known = decode.apply(Arrays.copyOfRange(ids, window, done));
        String text = decode.apply(Arrays.copyOfRange(ids, window, size));
        if (text.length() <= known.length() || (!last && text.endsWith(REPLACEMENT))) {
            return "";
        }
        window = done;
        done = size;
        return text.substring(known.length());
    }
}
