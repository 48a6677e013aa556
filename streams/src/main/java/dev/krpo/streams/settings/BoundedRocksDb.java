package dev.krpo.streams.settings;

import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.WriteBufferManager;

/**
 * Keeps all RocksDB instances of the process within {@link #MEMORY_MB}. Each store of each partition is an instance,
 * which by default may use about 100 MB.
 */
public final class BoundedRocksDb implements RocksDBConfigSetter {

    public static final Section SETTINGS = Section.of("streams", "Topology memory", "streams");

    public static final Setting<Integer> MEMORY_MB = SETTINGS.integer("rocksDbMemoryMb", 256)
            .between(16, 1_000_000)
            .unit("MiB")
            .doc("Total memory of all state stores of this process, outside the Java heap.");

    private static final double SHARE_OF_INDEXES = 0.1;
    private static final long MEMTABLE_BYTES = 4 << 20;

    private static Cache cache;
    private static WriteBufferManager memtables;

    @Override
    public void setConfig(String storeName, Options options, Map<String, Object> configs) {
        share(((Number) configs.get(MEMORY_MB.key())).longValue() << 20);
        BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
        table.setBlockCache(cache);
        table.setCacheIndexAndFilterBlocks(true);
        table.setCacheIndexAndFilterBlocksWithHighPriority(true);
        table.setPinTopLevelIndexAndFilter(true);
        options.setTableFormatConfig(table);
        options.setWriteBufferManager(memtables);
        options.setWriteBufferSize(MEMTABLE_BYTES);
        options.setMaxWriteBufferNumber(3);
    }

    /**
     * The first store determines the size, since all stores share the process' settings. Never freed, because stores
     * are closed and reopened.
     */
    private static synchronized void share(long bytes) {
        if (cache == null) {
            cache = new LRUCache(bytes, -1, false, SHARE_OF_INDEXES);
            memtables = new WriteBufferManager(bytes / 2, cache);
        }
    }

    @Override
    public void close(String storeName, Options options) {
        // All stores share the cache and the memtables.
    }
}
