package dev.krpo.streams;

import java.time.Duration;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/**
 * Remembers ids of one kind for at least the retention and at most twice as long, in stream time. An id lies in the window of
 * its time, windows are as long as the retention, and a look-up asks the present and the last one: two point reads. Old windows
 * are dropped as whole files, so nothing ever scans for expired ids.
 *
 * <p>All kinds share a store. A window store that stays empty, as one for closed groups would when every group has one member,
 * has no file to keep its changelog offset in, and exactly-once then rebuilds all stores of the task at every start.
 */
final class RecentIds {

    private static final byte[] PRESENT = {};

    /** What an id names; the letter keeps the kinds apart in the store. */
    enum Kind {
        ROLLOUT("r"),
        CLOSED_GROUP("g");

        private final String letter;

        Kind(String letter) {
            this.letter = letter;
        }
    }

    private final Kind kind;
    private final WindowStore<String, byte[]> store;
    private final long windowMs;

    RecentIds(Kind kind, WindowStore<String, byte[]> store, Duration retention) {
        this.kind = kind;
        this.store = store;
        this.windowMs = retention.toMillis();
    }

    static StoreBuilder<WindowStore<String, byte[]>> store(String name, Duration retention) {
        return Stores.windowStoreBuilder(
                Stores.persistentWindowStore(name, retention.multipliedBy(2), retention, false),
                Serdes.String(),
                Serdes.ByteArray());
    }

    boolean contains(String id, long streamTimeMs) {
        String key = kind.letter + id;
        long window = window(streamTimeMs);
        return store.fetch(key, window) != null || (window >= windowMs && store.fetch(key, window - windowMs) != null);
    }

    void add(String id, long streamTimeMs) {
        store.put(kind.letter + id, PRESENT, window(streamTimeMs));
    }

    private long window(long streamTimeMs) {
        return streamTimeMs - streamTimeMs % windowMs;
    }
}
