package dev.krpo.trainer.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.learner.LossOptions;
import dev.krpo.learner.RecordedOptions;
import dev.krpo.learner.aggregate.FixedLengthMean;
import dev.krpo.learner.aggregate.TokenMean;
import dev.krpo.learner.loss.ClipRange;
import dev.krpo.learner.loss.ClippedSurrogate;
import dev.krpo.learner.normalize.NoNormalization;
import dev.krpo.learner.penalty.K3;
import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainerSettingsTest {

    private static TrainerSettings replaying(TrainerSettings today, Map<String, String> recorded) {
        return new TrainerSettings(RecordedOptions.replaying(today.config(), recorded));
    }

    @Test
    void shouldUseTheRecordedOptionsAndTheDefaultsOfTheirReleaseForTheRest() {
        TrainerSettings today = new TrainerSettings(Config.of(Map.of(
                "trainer.batchSize", "8",
                "trainer.learningRate", "0.5",
                "trainer.aggregation", "constant",
                "trainer.advantageNormalization", "batch-mean-std",
                "trainer.klEstimator", "direct",
                "trainer.entropyCoefficient", "0.1",
                "trainer.clipC", "5",
                "trainer.maxLogRatio", "7")));
        Map<String, String> recorded =
                Map.of("trainer.learningRate", "0.25", "trainer.clipHigh", "0.28", "engine", "PyTorch");

        TrainerSettings then = replaying(today, recorded);

        assertThat(then.get(TrainerSettings.BATCH_SIZE)).isEqualTo(8);
        assertThat(then.learnerOptions().learningRate()).isEqualTo(0.25);
        assertThat(then.learnerOptions().loss())
                .isEqualTo(new LossOptions(
                        new NoNormalization(),
                        new ClippedSurrogate(new ClipRange(0.2, 0.28, Double.POSITIVE_INFINITY)),
                        Double.POSITIVE_INFINITY,
                        new TokenMean(),
                        new K3(),
                        0,
                        0));
    }

    @Test
    void shouldRebuildTheSameLearnerOptionsFromItsRecord() {
        TrainerSettings run = new TrainerSettings(Config.of(Map.of(
                "scheduler.maxNewTokens", "40",
                "trainer.policyLoss", "gspo",
                "trainer.clipLow", "0.0003",
                "trainer.clipC", "2.5",
                "trainer.aggregation", "constant",
                "trainer.lengthPreference", "-0.5",
                "trainer.klEstimator", "direct",
                "trainer.klCoefficient", "0.1",
                "trainer.entropyCoefficient", "0.01",
                "trainer.advantageNormalization", "token-mean-std")));

        TrainerSettings replayed = replaying(
                new TrainerSettings(Config.defaults()),
                RecordedOptions.of(run.config(), run.get(SchedulerSettings.MAX_NEW_TOKENS)));

        assertThat(replayed.learnerOptions()).isEqualTo(run.learnerOptions());
        assertThat(replayed.learnerOptions().loss().aggregation()).isEqualTo(new FixedLengthMean(40));
    }

    @Test
    void shouldKeepItsSettingsExceptLaterBoundsWhenAStepRecordedNone() {
        TrainerSettings today = new TrainerSettings(Config.of(Map.of("trainer.clipHigh", "0.28")));

        LossOptions loss = today.learnerOptions().loss();
        LossOptions replayed = replaying(today, Map.of()).learnerOptions().loss();

        assertThat(loss.policyLoss()).isEqualTo(new ClippedSurrogate(new ClipRange(0.2, 0.28, 3)));
        assertThat(loss.maxLogRatio()).isEqualTo(20);
        assertThat(replayed.policyLoss())
                .isEqualTo(new ClippedSurrogate(new ClipRange(0.2, 0.28, Double.POSITIVE_INFINITY)));
        assertThat(replayed.maxLogRatio()).isInfinite();
    }

    @ParameterizedTest
    @CsvSource({
        "trainer.policyLoss, soft-gate",
        "trainer.aggregation, by-depth",
        "trainer.klEstimator, k4",
        "trainer.advantageNormalization, ranks"
    })
    void shouldNameTheJarThatAReplayLacks(String setting, String name) {
        TrainerSettings today = new TrainerSettings(Config.defaults());
        Map<String, String> recorded = new HashMap<>(RecordedOptions.of(today.config(), 8));
        recorded.put(setting, name);

        assertThatThrownBy(() -> replaying(today, recorded))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("the recorded step: " + setting + " is '" + name + "', which is not on the class path; put"
                        + " the jar that provides " + name + " into the folder plugins beside the krpo launcher, or on"
                        + " KRPO_CLASSPATH");
    }

    @Test
    void shouldRejectNormalisingASingleSample() {
        Map<String, String> config =
                new HashMap<>(Map.of("trainer.batchSize", "1", "trainer.advantageNormalization", "batch-std"));

        assertThatThrownBy(() -> new TrainerSettings(Config.of(config)))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("trainer.advantageNormalization")
                .hasMessageContaining("set trainer.batchSize to at least 2");
    }

    @Test
    void shouldNameTheKnownStoresWhenThatOfTheCheckpointsIsUnknown() {
        assertThatThrownBy(() -> new TrainerSettings(Config.of(Map.of("policy.checkpoints", "s3://bucket/run"))))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("policy.checkpoints is 's3://bucket/run'")
                .hasMessageContaining("use one of file = a local directory");
    }

    @Test
    void shouldRejectANonNumericLengthPreference() {
        assertThatThrownBy(() -> new TrainerSettings(Config.of(Map.of("trainer.lengthPreference", "NaN"))))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("trainer.lengthPreference");
    }
}
