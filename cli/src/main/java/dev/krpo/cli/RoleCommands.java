package dev.krpo.cli;

import dev.krpo.cli.config.ConfigOptions;
import dev.krpo.rollout.RolloutWorker;
import dev.krpo.schemas.kafka.Role;
import dev.krpo.streams.StreamsApp;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Each role as its own process. */
final class RoleCommands {

    private RoleCommands() {}

    private abstract static class RoleCommand implements Callable<Integer> {

        @Mixin
        private ConfigOptions options;

        int run(String name, Function<Map<String, String>, Role> create) throws InterruptedException {
            Map<String, String> config = options.load();
            if (options.print()) {
                System.out.print(ConfigOptions.resolved(config));
                return 0;
            }
            return RoleRun.run(name, create.apply(config));
        }
    }

    @Command(
            name = "streams",
            mixinStandardHelpOptions = true,
            description =
                    "Runs an instance of the topology: rollouts in, advantages out. Start more to share the work.",
            footer = {"", "Example: krpo streams --config run.yaml --set estimator.name=grpo"})
    static final class Streams extends RoleCommand {
        @Override
        public Integer call() throws InterruptedException {
            return run("streams", StreamsApp::new);
        }
    }

    @Command(
            name = "worker",
            mixinStandardHelpOptions = true,
            description =
                    "Runs a rollout worker: takes tasks, generates, scores, publishes. Start as many as there are GPUs.",
            footer = {"", "Example: krpo worker --config run.yaml --set worker.reward=answer-tag"})
    static final class Worker extends RoleCommand {
        @Override
        public Integer call() throws InterruptedException {
            return run("worker", RolloutWorker::new);
        }
    }

    @Command(
            name = "trainer",
            mixinStandardHelpOptions = true,
            description =
                    "Runs the trainer of one policy, with its scheduler. Goes on from the last published version.",
            footer = {"", "Example: krpo trainer --config run.yaml --set trainer.learningRate=3e-4"})
    static final class Trainer extends RoleCommand {
        @Override
        public Integer call() throws InterruptedException {
            return run("trainer", dev.krpo.trainer.Trainer::new);
        }
    }
}
