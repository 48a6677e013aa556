package dev.krpo.streams.rule;

import java.util.OptionalLong;

/** The versions that policies have announced. */
public interface AnnouncedVersions {

    /**
     * The newest version announced of a policy; empty if it has announced nothing, because it is trained elsewhere.
     *
     * @param claimed version that a rollout names: if it is newer than what is known, everything announced until the
     *     call counts
     */
    OptionalLong newest(String policyName, long claimed);
}
