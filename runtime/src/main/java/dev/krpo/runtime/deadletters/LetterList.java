package dev.krpo.runtime.deadletters;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.Function;

/** The newest letters, one line each, and the number of letters per reason. */
public final class LetterList {

    private record Line(long rejectedAtMs, long position, String text) {}

    private final int count;
    private final Function<StoredLetter, String> format;
    private final PriorityQueue<Line> newest =
            new PriorityQueue<>(Comparator.comparingLong(Line::rejectedAtMs).thenComparingLong(Line::position));
    private final Map<String, Long> reasons = new TreeMap<>();
    private long letters;

    /** @param count number of lines to keep, >= 1 */
    public LetterList(int count, Function<StoredLetter, String> format) {
        this.count = count;
        this.format = format;
    }

    public void add(StoredLetter stored) {
        letters++;
        reasons.merge(stored.letter().getReason(), 1L, Long::sum);
        long rejectedAtMs = stored.letter().getRefusedAtMs();
        if (newest.size() == count && rejectedAtMs < newest.element().rejectedAtMs) {
            return;
        }
        newest.add(new Line(rejectedAtMs, letters, format.apply(stored)));
        if (newest.size() > count) {
            newest.remove();
        }
    }

    /** Oldest first. */
    public List<String> lines() {
        List<Line> sorted = new ArrayList<>(newest);
        sorted.sort(newest.comparator());
        return sorted.stream().map(Line::text).toList();
    }

    /** Number of letters by reason. */
    public Map<String, Long> reasons() {
        return reasons;
    }

    /** Number of all letters, including those without a line. */
    public long letters() {
        return letters;
    }
}
