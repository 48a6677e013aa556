package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimate;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.State;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "krpo",
                "krpo-reference",
                "grpo",
                "dr-grpo",
                "rloo",
                "opo",
                "spo",
                "gdpo",
                "ngrpo",
                "mapo",
                "grpo-lead",
                "reinforce"
            })
    void shouldFindEachEstimatorByItsName(String name) {
        assertThat(new EstimatorSettings(Map.of("estimator.name", name))
                        .estimator()
                        .name())
                .isEqualTo(name);
        assertThat(EstimatorSettings.names()).contains(name);
    }

    @ParameterizedTest
    @CsvSource({
        "estimator.name, ppo, krpo-reference",
        "estimator.baseline, mean, leave-one-out",
        "estimator.scale, 2, sqrt-innovation-variance",
        "estimator.observationNoise, gaussian, bernoulli",
        "estimator.processNoise, -1, >= 0",
        "estimator.processNoise, NaN, finite",
        "estimator.observationNoiseFloor, 0, > 0",
        "estimator.observationNoiseGain, 0, > 0",
        "estimator.observationNoiseGain, 1.5, <= 1",
        "estimator.observationVariance, 0, > 0",
        "estimator.initialVariance, 0, > 0",
        "estimator.priorVariance, -0.1, > 0",
        "estimator.priorMean, Infinity, finite",
        "estimator.priorMean, 2, '[0, 1]'",
        "estimator.priorMean, -0.5, '[0, 1]'",
        "estimator.epsilon, -1e-8, >= 0",
        "estimator.spoHalfLifeVersions, 0, > 0",
        "estimator.maxReward, NaN, finite",
        "estimator.lengthPenalty, -0.5, >= 0",
        "estimator.rewardWeights, accuracy, name=weight",
        "estimator.rewardWeights, =1, name=weight",
        "estimator.rewardWeights, accuracy=much, name=weight",
        "estimator.filter, best, dynamic-sampling",
        "estimator.podsKeep, 1, at least 2"
    })
    void shouldNameKeyValueAndRemedyOfABadEstimatorSetting(String key, String value, String remedy) {
        assertThatThrownBy(() -> new EstimatorSettings(Map.of(key, value)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key)
                .hasMessageContaining(value.replace("-1e-8", "-1.0E-8"))
                .hasMessageContaining(remedy);
    }

    @ParameterizedTest
    @CsvSource({
        // S = 0.05 + 0.25 + R; the posterior of the first reward is 0.5 + 0.3/S * 0.5, with variance R^2/S around it.
        "mean-reward, prior, bernoulli, 0.5, 0.55",
        "mean-reward, leave-one-out, fixed, 0.5, 0.5",
        "mean-reward, leave-one-out, adaptive, 0.5, 0.5",
        "mean-reward, posterior, adaptive, 0.8, 0.08",
        // A completion that could not be another counts a millionth: K = 0.3/(0.3 + 1e6 R).
        "least-variance, posterior, adaptive, 0.500000749998875, 0.499998500003375"
    })
    void shouldChooseTargetBaselineAndNoiseByName(
            String target, String baseline, String noise, double expected, double variance) {
        Advantage advantage = new EstimatorSettings(Map.of(
                        "estimator.target", target,
                        "estimator.baseline", baseline,
                        "estimator.observationNoise", noise,
                        "estimator.observationVariance", "0.2"))
                .estimator()
                .estimate(State.UNSEEN, List.of(new Observation(1, 0)))
                .advantages()
                .get(0);

        assertThat(advantage.baseline()).isCloseTo(expected, within(1e-12));
        assertThat(advantage.variance()).isCloseTo(variance, within(1e-12));
    }

    @Test
    void shouldCompareWithTheBaselineOfLeastVarianceByDefault() {
        List<Observation> group = List.of(new Observation(1, 0, new float[] {-0.5f}, Map.of()));

        Estimate estimate = new EstimatorSettings(Map.of()).estimator().estimate(State.UNSEEN, group);

        assertThat(estimate.state().prompt().weighted()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "reinforce-rej", "dynamic-sampling", "pods"})
    void shouldFindEachGroupFilterByItsName(String name) {
        assertThat(new EstimatorSettings(Map.of("estimator.filter", name))
                        .rules()
                        .selection()
                        .filter()
                        .name())
                .isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource({
        "reinforce, none, false, 1",
        "reinforce, reinforce-rej, true, 2",
        "spo, none, false, 1",
        "spo, pods, true, 2",
        "krpo, none, true, 1",
        "krpo, pods, true, 2",
        "grpo, none, true, 2"
    })
    void shouldAssembleGroupsWhenEitherEstimatorOrFilterComparesThem(
            String estimator, String filter, boolean grouped, int smallestGroup) {
        EstimatorSettings settings =
                new EstimatorSettings(Map.of("estimator.name", estimator, "estimator.filter", filter));

        assertThat(settings.rules().grouped()).isEqualTo(grouped);
        assertThat(settings.smallestGroup()).isEqualTo(smallestGroup);
    }

    @ParameterizedTest
    @CsvSource({
        "streams.threads, 0",
        "streams.standbyReplicas, -1",
        "streams.groupTimeoutMs, 0",
        "streams.groupClock, sundial",
        "streams.commitIntervalMs, 0",
        "streams.deduplicationIds, 5",
        "streams.stateDir, ''",
        "streams.rocksDbMemoryMb, 1"
    })
    void shouldNameTheKeyOfABadStreamsSetting(String key, String value) {
        assertThatThrownBy(() -> new StreamsSettings(Map.of(key, value)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key);
    }

    @Test
    void shouldDeriveTheApplicationIdFromTheTopicPrefix() {
        assertThat(new StreamsSettings(Map.of("topics.prefix", "maths")).applicationId())
                .isEqualTo("maths-streams");
        assertThat(new StreamsSettings(Map.of("streams.applicationId", "mine")).applicationId())
                .isEqualTo("mine");
    }

    @Test
    void shouldRunExactlyOnceWithNamedResourcesOnTheClassicProtocol() {
        Properties properties = new StreamsSettings(Map.of()).properties();

        assertThat(properties)
                .containsEntry("processing.guarantee", "exactly_once_v2")
                .containsEntry("ensure.explicit.internal.resource.naming", true)
                .containsEntry("group.protocol", "classic")
                .containsEntry("commit.interval.ms", 100L);
    }

    @Test
    void shouldPassKafkaPropertiesOnUnlessExactlyOnceDependsOnThem() {
        Properties properties = new StreamsSettings(Map.of(
                        "kafka.bootstrap.servers", "broker:9092",
                        "kafka.security.protocol", "SSL",
                        "kafka.producer.linger.ms", "5",
                        "kafka.session.timeout.ms", "20000",
                        "kafka.processing.guarantee", "at_least_once"))
                .properties();

        assertThat(properties)
                .containsEntry("bootstrap.servers", "broker:9092")
                .containsEntry("security.protocol", "SSL")
                .containsEntry("producer.linger.ms", "5")
                .containsEntry("session.timeout.ms", "20000")
                .containsEntry("processing.guarantee", "exactly_once_v2");
    }
}
