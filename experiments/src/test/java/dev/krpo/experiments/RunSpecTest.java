package dev.krpo.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.experiments.ExperimentConfig.Condition;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.settings.UsageException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunSpecTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            trainer.learningRate|1e-3|arms.arm: trainer.learningRate is '1e-3'; use `tuning.learningRates`
            scheduler.seed|7|arms.arm: scheduler.seed is '7'; use `seeds`
            trainer.batchSize|96|rollouts is 256; make it a multiple of trainer.batchSize (96)
            trainer.batchSise|96|did you mean trainer.batchSize?
            worker.overlongTokens|4|estimator.rewardRange is [0.0, 1.0]: long completions would be rejected
            estimator.name|grpo|arm arm in condition plain: estimator.name=grpo compares the completions of a group, and
            """)
    void shouldRejectASettingThatAnArmCannotSet(String name, String value, String message) {
        assertThatThrownBy(() -> Experiments.run(Map.of(name, value)))
                .isInstanceOfAny(UsageException.class, InvalidSettingException.class)
                .hasMessageContaining(message);
    }

    @Test
    void shouldRejectACurriculumWithoutABelief() {
        assertThatThrownBy(() -> Experiments.run(Map.of(
                        "estimator.name", "grpo", "scheduler.groupSize", "4", "scheduler.curriculum", "prioritised")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("arm arm in condition plain: scheduler.curriculum=prioritised");
    }

    @Test
    void shouldNameTheFileByEverythingThatDeterminesTheResult() {
        RunSpec plain = Experiments.run(Map.of());

        assertThat(Experiments.run(Map.of()).file()).isEqualTo(plain.file());
        assertThat(Experiments.run(Map.of("estimator.processNoise", "0.001")).file())
                .as("an explicit default")
                .isEqualTo(plain.file());
        assertThat(Experiments.run(Map.of("worker.reward", "exact-match")).file())
                .as("the explicit default reward")
                .isEqualTo(plain.file());
        assertThat(Experiments.run(Map.of("worker.environment", "single-turn", "worker.engine", "local"))
                        .file())
                .as("the default environment and engine that are said")
                .isEqualTo(plain.file());
        assertThat(Experiments.run(Map.of("worker.reward", "answer-tag")).file())
                .isNotEqualTo(plain.file());
        assertThat(Experiments.run(Map.of("estimator.processNoise", "0.002")).file())
                .isNotEqualTo(plain.file());
        assertThat(Experiments.run(new Condition(null, 0.1, 0, null), Map.of(), 1e-3, 1)
                        .file())
                .isNotEqualTo(plain.file());
        assertThat(Experiments.run(new Condition(null, 0, 2, null), Map.of(), 1e-3, 1)
                        .file())
                .isNotEqualTo(plain.file());
    }

    @Test
    void shouldFindResultsAfterAJarIsAddedUnlessTheyDependOnIt() {
        RunSpec plain = Experiments.run(Map.of());

        assertThat(Experiments.run(Map.of("trainer.factor", "1.0")).file()).isEqualTo(plain.file());
        assertThat(Experiments.run(Map.of("trainer.factor", "2")).file()).isNotEqualTo(plain.file());
        assertThat(Experiments.run(Map.of("trainer.policyLoss", "of-a-jar")).file())
                .isNotEqualTo(plain.file());
    }

    /** A jar on the class path has settings too, see {@link LossOfAJar}. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            scheduler.maxNewTokens=5 | 5dbabca4
            estimator.rewardRange=-1, 1;worker.overlongTokens=2;estimator.processNoise=1e-2 | 629c3751
            estimator.name=gdpo;scheduler.groupSize=4;estimator.rewardWeights=a=1,b=0.5;\
            estimator.filterComponent=a | f319131d
            trainer.clipC=Infinity;trainer.policyLoss=gspo;estimator.baseline=prior;policy.baseModel=a/b | 7bef1a4a
            """)
    void shouldNameFilesLikeEarlierReleases(String arm, String digest) {
        Map<String, String> settings = new HashMap<>();
        for (String assignment : arm.split(";", -1)) {
            String[] parts = assignment.split("=", 2);
            settings.put(parts[0], parts[1]);
        }

        assertThat(Experiments.run(settings).digest("")).isEqualTo(digest);
    }
}
