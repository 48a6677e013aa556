package dev.krpo.estimators;

/**
 * Policy versions between a filter and a reward, as far as they can be believed. Whoever trains elsewhere announces no
 * versions that a rollout's could be checked against, so a gap may be a mistake, such as a time stamp in place of a
 * version. Gaps beyond {@link #MAX} count as that many; by then a filter has forgotten what it knew anyway.
 */
public final class VersionGap {

    /** Longest gap that is believed, in versions. */
    public static final long MAX = 1_000;

    private VersionGap() {}

    /** From 0 for a version that is not later, to {@link #MAX}. */
    public static long between(long earlier, long later) {
        return Math.min(MAX, Math.max(0, later - earlier));
    }

    /**
     * Whether a belief of version {@code known} stands for {@code version} as well. A version more than {@link #MAX}
     * behind is no late reward: the belief's own version was wrong, or the versions began anew.
     */
    public static boolean isNotLater(long known, long version) {
        return version <= known && isPlausible(known, version);
    }

    public static boolean isPlausible(long known, long version) {
        return Math.abs(version - known) <= MAX;
    }
}
