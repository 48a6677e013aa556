package dev.krpo.schemas.serde;

/** How large a record may be. */
public final class RecordLimits {

    /** The largest record of any topic, in bytes, headers included: topics, changelogs, producers and consumers all have this limit. */
    public static final int MAX_BYTES = 16 << 20;

    private RecordLimits() {}
}
