package dev.krpo.cli;

import dev.krpo.cli.role.RoleOptions;
import dev.krpo.worker.RolloutWorker;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code krpo worker}: a rollout worker as a process. */
@Command(
        name = "worker",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Run a rollout worker: tasks become scored completions.",
            "It takes tasks from the share group of the run, so any number of workers may come and go at any"
                    + " time, and it"
                    + " follows the newest policy version, which it reads from policy.checkpoints."
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
