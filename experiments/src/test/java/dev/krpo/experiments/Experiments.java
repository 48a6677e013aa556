package dev.krpo.experiments;

import dev.krpo.experiments.ExperimentConfig.Condition;
import dev.krpo.experiments.ExperimentConfig.Task;
import dev.krpo.experiments.ExperimentConfig.Tuning;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A run of four batches on the arithmetic example, for the tests. */
final class Experiments {

    private static final Path ARITHMETIC = Path.of("..", "examples", "arithmetic");

    private Experiments() {}

    static RunSpec run(Condition condition, Map<String, String> arm, double learningRate, long seed) {
        Task task = new Task(
                ARITHMETIC.resolve("base-model"),
                ARITHMETIC.resolve("train.jsonl"),
                ARITHMETIC.resolve("held-out.jsonl"));
        ExperimentConfig config = new ExperimentConfig(
                "test",
                null,
                task,
                256,
                2,
                1,
                null,
                "arm",
                new Tuning(List.of(1e-3), 0, null),
                null,
                Map.of("trainer.batchSize", "64", "scheduler.maxNewTokens", "5"),
                new LinkedHashMap<>(Map.of("plain", condition)),
                new LinkedHashMap<>(Map.of("arm", arm)));
        return RunSpec.of(config, "plain", "arm", learningRate, seed);
    }

    static RunSpec run(Map<String, String> arm) {
        return run(new Condition(null, 0, 0, null), arm, 1e-3, 1);
    }
}
