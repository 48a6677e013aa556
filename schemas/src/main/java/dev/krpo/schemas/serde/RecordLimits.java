package dev.krpo.schemas.serde;

/** How large a record may be. */
public final class RecordLimits {

    /**
     * The largest record of any topic, in bytes: topics, changelogs and producers have this limit. Consumers need none,
     * for a fetch returns at least one batch, whatever its size (KIP-74).
     */
    public static final int MAX_BYTES = 16 << 20;

    /**
     * The largest rollout, with key and headers: its sample, its place in a waiting group and its dead letter are
     * larger.
     */
    public static final int MAX_ROLLOUT_BYTES = MAX_BYTES - (1 << 20);

    /**
     * The most entries of a map, and the most version runs of a completion that has fewer tokens than that. An entry of
     * two bytes takes some fifty in memory, so that counts are limited as well as bytes.
     */
    public static final int MAX_ENTRIES = 1_000;

    private RecordLimits() {}
}
