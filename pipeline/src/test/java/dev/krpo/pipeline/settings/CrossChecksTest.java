package dev.krpo.pipeline.settings;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.settings.Config;
import dev.krpo.settings.UsageException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrossChecksTest {

    private static Map<String, String> config(String settings) {
        Map<String, String> config = new HashMap<>();
        Arrays.stream(settings.split(" ", -1))
                .map(setting -> setting.split("=", -1))
                .forEach(setting -> config.put(setting[0], setting[1]));
        return config;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "estimator.name=grpo scheduler.groupSize=1 | estimator.name=grpo compares the completions of a"
                        + " group, and"
                        + " scheduler.groupSize is 1; set it to 2 or more",
                "estimator.name=krpo estimator.filter=dynamic-sampling scheduler.groupSize=1 |"
                        + " estimator.filter=dynamic-sampling compares the completions of a group",
                "scheduler.curriculum=prioritised estimator.name=grpo scheduler.groupSize=4 |"
                        + " scheduler.curriculum=prioritised chooses by beliefs about prompts, and"
                        + " estimator.name=grpo keeps none; set estimator.name to krpo or spo, or"
                        + " scheduler.curriculum to off",
                "worker.maxBatchRows=4 scheduler.groupSize=8 | worker.maxBatchRows is 4 and scheduler.groupSize is 8:",
                "streams.deduplicationIds=16 scheduler.groupSize=16 |"
                        + " scheduler.groupSize is 16 and streams.deduplicationIds is 16: repeats in such a group",
                "worker.overlongTokens=4 estimator.rewardRange=0,1 |"
                        + " worker.overlongTokens lowers rewards by up to 1, and estimator.rewardRange is [0.0, 1.0]",
                "worker.overlongTokens=8 scheduler.maxNewTokens=8 estimator.rewardRange=-1,1 |"
                        + " worker.overlongTokens=8 is not less than"
                        + " scheduler.maxNewTokens=8",
            })
    void shouldNameBothConflictingSettings(String settings, String message) {
        assertThatThrownBy(() -> CrossChecks.ofAll(Config.of(config(settings))))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith(message);
        assertThatThrownBy(() -> CrossChecks.ofGiven(Config.of(config(settings))))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void shouldRelyOnDefaultsOfOtherRolesOnlyIfOneProcessRunsAllRoles() {
        Map<String, String> config = config("estimator.name=grpo");

        assertThatThrownBy(() -> CrossChecks.ofAll(Config.of(config))).hasMessageContaining("scheduler.groupSize is 1");
        assertThatCode(() -> CrossChecks.ofGiven(Config.of(config))).doesNotThrowAnyException();
    }

    @Test
    void shouldAcceptTheDefaults() {
        assertThatCode(() -> CrossChecks.ofAll(Config.defaults())).doesNotThrowAnyException();
    }
}
