package dev.krpo.streams.rule;

import java.util.OptionalLong;

/** The versions that policies have announced. */
public interface AnnouncedVersions {

    /**
     * The newest announced version of a policy; empty if none is announced, because the policy is trained elsewhere.
     *
     * @param claimed version that a rollout names: if it is newer than any known one, all announcements up to the call
     *     are taken into account
     */
    OptionalLong newest(String policyName, long claimed);
}
