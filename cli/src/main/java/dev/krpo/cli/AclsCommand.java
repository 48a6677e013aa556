package dev.krpo.cli;

import dev.krpo.cli.config.ConfigOptions;
import dev.krpo.cli.config.KafkaTimeouts;
import dev.krpo.runtime.acl.RoleAcls;
import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.AdminAnswer;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.settings.Config;
import dev.krpo.settings.UsageException;
import dev.krpo.streams.settings.StreamsSettings;
import dev.krpo.trainer.schedule.PromptSources;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AclBinding;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code krpo acls}: the permissions that a role needs. */
@Command(
        name = "acls",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Print or create the ACLs that a role needs on a cluster with an authorizer.",
            "Each role needs exactly these; `krpo topics create` and `krpo acls --create` need an administrator."
        },
        footer = {
            "",
            "Examples: krpo acls worker --principal User:worker --config cluster.yaml",
            "          krpo acls streams --principal User:streams --create --config admin.yaml"
        })
final class AclsCommand implements Callable<Integer> {

    private static final List<String> ROLES = List.of("worker", "streams", "trainer", "prompts");

    @Parameters(paramLabel = "ROLE", description = "worker, streams, trainer or prompts (the loader).")
    private String role;

    @Option(
            names = "--principal",
            required = true,
            paramLabel = "PRINCIPAL",
            description = "The principal to grant them to, such as User:worker.")
    private String principal;

    @Option(names = "--create", description = "Create these ACLs on the cluster.")
    private boolean create;

    @Mixin
    private ConfigOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Config config = options.resolve(KafkaTimeouts.OWN);
        List<AclBinding> acls = acls(config);
        PrintWriter out = spec.commandLine().getOut();
        for (AclBinding acl : acls) {
            out.printf(
                    Locale.ROOT,
                    "%-16s %-9s %-36s %s%n",
                    acl.pattern().resourceType(),
                    acl.pattern().patternType(),
                    acl.pattern().name(),
                    acl.entry().operation());
        }
        if (create) {
            try (Admin admin = Cluster.of(config).connect()) {
                AdminAnswer.await(admin.createAcls(acls).all(), "the ACLs were not created");
            }
            out.println(acls.size() + " ACLs created for " + principal);
        }
        return Krpo.OK;
    }

    private List<AclBinding> acls(Config config) {
        if (!principal.contains(":")) {
            throw new UsageException("--principal is " + principal + "; expected TYPE:NAME, such as User:" + principal);
        }
        TopicCatalogue topics = new TopicCatalogue(config);
        return switch (role) {
            case "worker" -> RoleAcls.worker(topics, principal);
            case "streams" -> RoleAcls.streams(topics, new StreamsSettings(config).applicationId(), principal);
            case "trainer" ->
                RoleAcls.trainer(topics, config.get(PolicySettings.NAME), PromptSources.usesBeliefs(config), principal);
            case "prompts" -> RoleAcls.promptLoader(topics, principal);
            default -> throw new UsageException("ROLE is " + role + "; known: " + ROLES);
        };
    }
}
