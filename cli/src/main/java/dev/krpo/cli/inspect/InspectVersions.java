package dev.krpo.cli.inspect;

import dev.krpo.cli.inspect.InspectedRun.Found;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.PolicyVersion;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code krpo inspect versions}. */
@Command(
        name = "versions",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Show the last policy versions.",
        footer = {"", "Example: krpo inspect versions -n 3 --config cluster.yaml"})
final class InspectVersions extends Inspection {

    @Mixin
    private Count count;

    @Override
    void show(InspectedRun run) {
        Found<PolicyVersion> versions =
                run.last(Topic.POLICY_VERSIONS, PolicyVersion.class, count.get(), version -> version.getPolicyName());
        if (versions.records().isEmpty()) {
            print("no version of policy %s yet%s", run.policy(), versions.hint());
            return;
        }
        print("%-20s %-10s %7s %12s %-16s %s", "created", "policy", "version", "bytes", "sha256", "checkpoint");
        for (PolicyVersion version : versions.records()) {
            print(
                    "%-20s %-10s %7d %,12d %-16.16s %s",
                    time(version.getCreatedAtMs()),
                    version.getPolicyName(),
                    version.getVersion(),
                    version.getSizeBytes(),
                    version.getSha256(),
                    version.getCheckpointUri());
        }
    }
}
