package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExperimentCommandTest {

    @TempDir
    Path directory;

    @Test
    void shouldPrepareTuneRunMeasureAndReportExactlyOnce() throws Exception {
        Path out = directory.resolve("out");
        Path data = directory.resolve("data");
        Path model = Path.of("..", "examples", "arithmetic", "base-model").toAbsolutePath();
        Path file = Files.writeString(directory.resolve("experiment.yaml"), """
                title: a small one
                prepare:
                  - makes: DATA/train.jsonl
                    krpo: data arithmetic --count 50 --held-out-count 20 --train DATA/train.jsonl
                      --held-out DATA/held-out.jsonl
                task: {model: MODEL, train: DATA/train.jsonl, heldOut: DATA/held-out.jsonl}
                rollouts: 64
                evaluations: 2
                seeds: 2
                targets: [0.2]
                reference: grpo-4
                tuning: {learningRates: [1e-4, 1e-3], seeds: 1}
                gradients: {at: [0, 0.5], warmup: 1, batches: 2, seeds: 1}
                settings: {trainer.batchSize: 16, scheduler.maxNewTokens: 5}
                conditions: {plain: }
                arms:
                  grpo-4: {estimator.name: grpo, scheduler.groupSize: 4}
                """.replace("DATA", data.toString())
                .replace("MODEL", model.toString()));

        Cli first = Cli.run("experiment", file.toString(), "--out", out.toString());

        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(first.out())
                .contains("tuning 2/2", "runs 2/2", "gradients 1/1", "Condition plain", "share to reach grpo-4");
        assertThat(out.resolve("report.html")).content().contains("<svg", "a small one");
        assertThat(out.resolve("report.md")).content().contains("| grpo-4 |", "curves-plain.svg");
        assertThat(out.resolve("curves.csv")).content().contains("plain,grpo-4,2,64,4,");

        Cli second = Cli.run("experiment", file.toString(), "--out", out.toString());

        assertThat(second.out()).contains("runs: 2 jobs, 2 already done").doesNotContain("runs 1/");

        Files.writeString(file, Files.readString(file).replace("--count 50", "--count 60"));
        Cli changed = Cli.run("experiment", file.toString(), "--out", out.toString());

        assertThat(changed.exitCode()).isEqualTo(2);
        assertThat(changed.err()).contains("train.jsonl was made by", "--count 50", "--count 60", "delete it");
    }

    @Test
    void shouldNameTheFileThatIsMissing() throws Exception {
        Path file = Files.writeString(directory.resolve("experiment.yaml"), """
                title: without a model
                task: {model: nowhere, train: t.jsonl, heldOut: h.jsonl}
                rollouts: 64
                evaluations: 1
                seeds: 1
                reference: a
                tuning: {learningRates: [1e-3]}
                settings: {trainer.batchSize: 16}
                conditions: {plain: }
                arms: {a: }
                """);

        Cli result = Cli.run("experiment", file.toString(), "--out", directory.toString());

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("condition plain", "nowhere", "prepare");
    }
}
