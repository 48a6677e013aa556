package dev.krpo.trainer.run;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** The most recently trained rolloutIds, so that none is trained twice. Not thread-safe. */
final class TrainedIds {

    private final int limit;
    private final Set<String> ids = new HashSet<>();
    private final Deque<String> order = new ArrayDeque<>();

    /** @param limit number of ids to remember, >= 0 */
    TrainedIds(int limit) {
        this.limit = limit;
    }

    boolean contains(String rolloutId) {
        return ids.contains(rolloutId);
    }

    void add(String rolloutId) {
        if (ids.add(rolloutId)) {
            order.addLast(rolloutId);
        }
        while (order.size() > limit) {
            ids.remove(order.removeFirst());
        }
    }

    /** Forgets an id that was not trained after all. */
    void forget(String rolloutId) {
        if (ids.remove(rolloutId)) {
            order.removeLastOccurrence(rolloutId);
        }
    }
}
