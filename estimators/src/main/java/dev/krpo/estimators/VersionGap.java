package dev.krpo.estimators;

/**
 * The plausible number of policy versions between a belief and a reward. An external trainer does not announce versions
 * to check rollouts against, so a gap may be a mistake, such as a timestamp instead of a version. Gaps beyond
 * {@link #MAX} are capped; a belief that old carries no information anyway.
 */
public final class VersionGap {

    /** Maximum plausible gap, in versions. */
    public static final long MAX = 1_000;

    private VersionGap() {}

    /** The gap, from 0 (not later) to {@link #MAX}. */
    public static long between(long earlier, long later) {
        return Math.min(MAX, Math.max(0, later - earlier));
    }

    /**
     * True if a belief at version {@code known} also describes {@code version}. A version more than {@link #MAX} behind
     * is not a late reward: the belief's version was wrong, or the version numbers restarted.
     */
    public static boolean isNotLater(long known, long version) {
        return version <= known && isPlausible(known, version);
    }

    public static boolean isPlausible(long known, long version) {
        return Math.abs(version - known) <= MAX;
    }
}
