package dev.krpo.schemas.serde;

/** Size limits of records. */
public final class RecordLimits {

    /**
     * Maximum size of a record of any topic, in bytes; the limit of topics, changelogs and producers. Consumers need
     * none, since a fetch returns at least one batch, whatever its size (KIP-74).
     */
    public static final int MAX_BYTES = 16 << 20;

    /**
     * Maximum size of a rollout with key and headers, in bytes; its sample, its entry in a waiting group and its dead
     * letter are larger.
     */
    public static final int MAX_ROLLOUT_BYTES = MAX_BYTES - (1 << 20);

    /**
     * Maximum number of entries of a map, and of version runs of a completion with fewer tokens. An entry of two bytes
     * takes about fifty in memory, so counts are limited as well as bytes.
     */
    public static final int MAX_ENTRIES = 1_000;

    private RecordLimits() {}
}
