package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.State;
import dev.krpo.estimators.single.SpoEstimator;
import dev.krpo.settings.Config;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/**
 * Made by tools/golden/estimators.py: by verl's functions, or where verl has none from the paper's formula with numpy.
 */
class GoldenAdvantagesTest {

    @ParameterizedTest(name = "{0} by {1}: {2}")
    @CsvFileSource(resources = "/golden/estimators.csv", numLinesToSkip = 1)
    void shouldGiveTheAdvantagesOfTheReferenceWithDefaultSettings(
            String name, String origin, String rewards, String whole, String expected) {
        Estimator estimator = Estimators.of(Config.of(Map.of("estimator.name", name)));

        List<Advantage> advantages = estimator
                .estimate(State.UNSEEN, observations(rewards, numbers(whole), name.equals(SpoEstimator.NAME)))
                .advantages();

        double[] golden = numbers(expected);
        assertThat(advantages).as(origin).hasSameSizeAs(golden);
        for (int i = 0; i < golden.length; i++) {
            assertThat(advantages.get(i).advantage())
                    .as("member %d by %s", i, origin)
                    .isCloseTo(golden[i], within(1e-12));
        }
    }

    private static List<Observation> observations(String rewards, double[] whole, boolean versions) {
        List<double[]> components = Arrays.stream(rewards.split("/"))
                .map(GoldenAdvantagesTest::numbers)
                .toList();
        List<Observation> observations = new ArrayList<>();
        for (int i = 0; i < whole.length; i++) {
            Map<String, Double> parts = new HashMap<>();
            double reward = 0;
            for (int component = 0; component < components.size(); component++) {
                parts.put("part-" + component, components.get(component)[i]);
                reward += components.get(component)[i];
            }
            observations.add(new Observation(
                    reward, versions ? (long) whole[i] : 0, new float[versions ? 1 : (int) whole[i]], parts));
        }
        return observations;
    }

    private static double[] numbers(String text) {
        return Arrays.stream(text.strip().split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }
}
