package dev.krpo.cli;

import dev.krpo.cli.role.RoleOptions;
import dev.krpo.trainer.run.Trainer;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code krpo trainer}: runs the trainer of one policy. */
@Command(
        name = "trainer",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Run the trainer of one policy, which turns advantages into policy versions.",
            "It also issues the tasks, and resumes from the last published version. Run one trainer per policy."
        },
        footer = {"", "Example: krpo trainer --config cluster.yaml --set trainer.learningRate=3e-4"})
final class TrainerCommand implements Callable<Integer> {

    @Mixin
    private RoleOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        options.run("trainer", Trainer::new, spec.commandLine().getOut());
        return Krpo.OK;
    }
}
