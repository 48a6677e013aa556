package dev.krpo.cli;

import dev.krpo.cli.role.RoleOptions;
import dev.krpo.worker.RolloutWorker;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code krpo worker}: runs a rollout worker. */
@Command(
        name = "worker",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Run a rollout worker, which turns tasks into scored completions.",
            "It fetches tasks from the run's share group, so any number of workers can join and leave at any"
                    + " time. It follows the newest policy version, loading it from policy.checkpoints."
        },
        footer = {
            "",
            "Example: krpo worker --config cluster.yaml --set policy.device=gpu --set worker.reward=answer-tag"
        })
final class WorkerCommand implements Callable<Integer> {

    @Mixin
    private RoleOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        options.run("worker", RolloutWorker::new, spec.commandLine().getOut());
        return Krpo.OK;
    }
}
