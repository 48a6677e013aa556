package dev.krpo.streams;

import java.time.Duration;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/**
 * Remembers ids for at least the retention and at most twice as long, in stream time. An id lies in the window of its time,
 * windows are as long as the retention, and a look-up asks the present and the last one: two point reads. Old windows are
 * dropped as whole files, so nothing ever scans for expired ids.
 */
final class RecentIds {

    private static final byte[] PRESENT = {};

    private final WindowStore<String, byte[]> store;
    private final long windowMs;

    RecentIds(WindowStore<String, byte[]> store, Duration retention) {
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
        long window = window(streamTimeMs);
        return store.fetch(id, window) != null || (window >= windowMs && store.fetch(id, window - windowMs) != null);
    }

    void add(String id, long streamTimeMs) {
        store.put(id, PRESENT, window(streamTimeMs));
    }

    private long window(long streamTimeMs) {
        return streamTimeMs - streamTimeMs % windowMs;
    }
}
