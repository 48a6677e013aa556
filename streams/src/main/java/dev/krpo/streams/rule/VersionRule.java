package dev.krpo.streams.rule;

import dev.krpo.runtime.rules.Rejection;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.serde.EncodedRollout;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * No rollout is newer than its policy: a filter that accepted such a version would treat all later rewards as late.
 *
 * @param announced by the trainer
 * @param topic of the announcements
 */
public record VersionRule(AnnouncedVersions announced, String topic) {

    public Optional<Rejection> broken(EncodedRollout rollout) {
        long claimed = 0;
        for (TokenRun run : rollout.versionRuns()) {
            claimed = Math.max(claimed, run.getPolicyVersion());
        }
        OptionalLong newest = announced.newest(rollout.policyName(), claimed);
        return newest.isEmpty() || claimed <= newest.getAsLong()
                ? Optional.empty()
                : Optional.of(new Rejection(
                        "version-not-announced",
                        "versionRuns names version " + claimed + " of policy '" + rollout.policyName()
                                + "', but the newest one in " + topic + " is " + newest.getAsLong() + ";"
                                + " generate with announced weights, and record their announced version"));
    }
}
