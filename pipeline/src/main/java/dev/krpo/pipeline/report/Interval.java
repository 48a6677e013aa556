package dev.krpo.pipeline.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A time interval, in milliseconds since the epoch. */
record Interval(long startMs, long endMs) {

    /** Time covered by at least one interval, in milliseconds. */
    static long covered(List<Interval> intervals) {
        return union(intervals).stream().mapToLong(i -> i.endMs() - i.startMs()).sum();
    }

    /** Time covered by both lists, in milliseconds. */
    static long overlap(List<Interval> left, List<Interval> right) {
        List<Interval> both = new ArrayList<>(left);
        both.addAll(right);
        return covered(left) + covered(right) - covered(both);
    }

    static List<Interval> union(List<Interval> intervals) {
        List<Interval> sorted = new ArrayList<>(intervals);
        sorted.sort(Comparator.comparingLong(Interval::startMs));
        List<Interval> union = new ArrayList<>();
        for (Interval next : sorted) {
            Interval last = union.isEmpty() ? null : union.get(union.size() - 1);
            if (last != null && next.startMs() <= last.endMs()) {
                union.set(union.size() - 1, new Interval(last.startMs(), Math.max(last.endMs(), next.endMs())));
            } else {
                union.add(next);
            }
        }
        return union;
    }
}
