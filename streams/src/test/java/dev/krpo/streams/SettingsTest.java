package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimate;
import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.GroupEstimation;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.SampleFilters;
import dev.krpo.estimators.State;
import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.streams.settings.StreamsSettings;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
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
        assertThat(Estimators.of(Config.of(Map.of("estimator.name", name))).name())
                .isEqualTo(name);
        assertThat(Estimators.names()).contains(name);
    }

    @ParameterizedTest
    @CsvSource({
        "estimator.name, ppo, krpo-reference",
        "estimator.baseline, mean, leave-one-out",
        "estimator.scale, 2, sqrt-innovation-variance",
        "estimator.observationNoise, gaussian, bernoulli",
        "estimator.processNoise, -1, a number of at least 0",
        "estimator.processNoise, NaN, a number of at least 0",
        "estimator.observationNoiseFloor, 0, a number above 0",
        "estimator.observationNoiseGain, 0, above 0",
        "estimator.observationNoiseGain, 1.5, at most 1",
        "estimator.observationVariance, 0, above 0",
        "estimator.initialVariance, 0, above 0",
        "estimator.priorVariance, -0.1, above 0",
        "estimator.priorMean, Infinity, from 0 to 1",
        "estimator.priorMean, 2, from 0 to 1",
        "estimator.priorMean, -0.5, from 0 to 1",
        "estimator.epsilon, -1e-8, at least 0",
        "estimator.spoHalfLifeVersions, 0, above 0",
        "estimator.maxReward, NaN, a finite number",
        "estimator.lengthPenalty, -0.5, at least 0",
        "estimator.rewardWeights, accuracy, name=weight",
        "estimator.rewardWeights, =1, name=weight",
        "estimator.rewardWeights, accuracy=much, name=weight",
        "estimator.filter, best, dynamic-sampling",
        "estimator.podsKeep, 1, from 2 to 1024"
    })
    void shouldNameKeyValueAndRemedyOfABadEstimatorSetting(String key, String value, String remedy) {
        assertThatThrownBy(() -> readAll(Config.of(Map.of(key, value))))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining(key)
                .hasMessageContaining(value)
                .hasMessageContaining(remedy);
    }

    private static void readAll(Config config) {
        Stream.concat(Estimators.sections().stream(), SampleFilters.sections().stream())
                .flatMap(section -> section.settings().stream())
                .forEach(config::get);
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
        Advantage advantage = Estimators.of(Config.of(Map.of(
                        "estimator.target", target,
                        "estimator.baseline", baseline,
                        "estimator.observationNoise", noise,
                        "estimator.observationVariance", "0.2")))
                .estimate(State.UNSEEN, List.of(new Observation(1, 0)))
                .advantages()
                .get(0);

        assertThat(advantage.baseline()).isCloseTo(expected, within(1e-12));
        assertThat(advantage.variance()).isCloseTo(variance, within(1e-12));
    }

    @Test
    void shouldUseTheBaselineOfMinimumVarianceByDefault() {
        List<Observation> group = List.of(new Observation(1, 0, new float[] {-0.5f}, Map.of()));

        Estimate estimate = Estimators.of(Config.defaults()).estimate(State.UNSEEN, group);

        assertThat(estimate.state().prompt().weighted()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "reinforce-rej", "dynamic-sampling", "pods"})
    void shouldFindEachSampleFilterByItsName(String name) {
        assertThat(GroupEstimation.of(Config.of(Map.of("estimator.filter", name)))
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
    void shouldAssembleGroupsIfEstimatorOrFilterComparesThem(
            String estimator, String filter, boolean grouped, int minGroupSize) {
        Config config = Config.of(Map.of("estimator.name", estimator, "estimator.filter", filter));

        GroupEstimation estimation = GroupEstimation.of(config);
        assertThat(estimation.grouped()).isEqualTo(grouped);
        assertThat(estimation.minGroupSize()).isEqualTo(minGroupSize);
    }

    @ParameterizedTest
    @CsvSource({
        "streams.threads, 0",
        "streams.standbyReplicas, -1",
        "streams.groupTimeoutMs, 0",
        "streams.groupClock, sundial",
        "streams.commitIntervalMs, 0",
        "streams.deduplicationIds, 5",
        "streams.stateDir, ''"
    })
    void shouldNameTheKeyOfABadStreamsSetting(String key, String value) {
        assertThatThrownBy(() -> new StreamsSettings(Config.of(Map.of(key, value))))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining(key);
    }

    @Test
    void shouldDeriveTheApplicationIdFromTheTopicPrefix() {
        assertThat(new StreamsSettings(Config.of(Map.of("topics.prefix", "maths"))).applicationId())
                .isEqualTo("maths-streams");
        assertThat(new StreamsSettings(Config.of(Map.of("streams.applicationId", "mine"))).applicationId())
                .isEqualTo("mine");
    }

    @Test
    void shouldRunExactlyOnceWithNamedResourcesOnTheClassicProtocol() {
        Properties properties = new StreamsSettings(Config.defaults()).properties();

        assertThat(properties)
                .containsEntry("processing.guarantee", "exactly_once_v2")
                .containsEntry("ensure.explicit.internal.resource.naming", true)
                .containsEntry("group.protocol", "classic")
                .containsEntry("commit.interval.ms", 100L);
    }

    @Test
    void shouldForwardKafkaPropertiesUnlessExactlyOnceDependsOnThem() {
        Properties properties = new StreamsSettings(Config.of(Map.of(
                        "kafka.bootstrap.servers", "broker:9092",
                        "kafka.security.protocol", "SSL",
                        "kafka.producer.linger.ms", "5",
                        "kafka.session.timeout.ms", "20000",
                        "kafka.processing.guarantee", "at_least_once")))
                .properties();

        assertThat(properties)
                .containsEntry("bootstrap.servers", "broker:9092")
                .containsEntry("security.protocol", "SSL")
                .containsEntry("producer.linger.ms", "5")
                .containsEntry("session.timeout.ms", "20000")
                .containsEntry("processing.guarantee", "exactly_once_v2");
    }
}
