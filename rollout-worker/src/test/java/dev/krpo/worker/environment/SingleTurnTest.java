package dev.krpo.worker.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.policy.generate.Completion;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Prompt;
import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.worker.reward.InputRecorder;
import dev.krpo.worker.reward.RewardInput;
import dev.krpo.worker.reward.Score;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SingleTurnTest {

    private static final Prompt PROMPT = new Prompt("p", "1+1=", "2", "sums", Map.of("num_terms", "2"));
    private static final Completion CUT_OFF =
            new Completion(new int[] {5, 7, 7}, new float[3], new float[0], List.of(), false);

    private static Environment scoredBy(String reward, String key, String value) {
        return Environments.of(Config.of(Map.of("worker.reward", reward, key, value)));
    }

    private static Episode episode(Environment environment, Prompt prompt) {
        Episode episode = environment.start("prompt p", prompt);
        episode.act(CUT_OFF, "244");
        return episode;
    }

    private static Prompt prompt(String answer) {
        return new Prompt("p", "1+1=", answer, "sums", Map.of());
    }

    @Test
    void shouldPassTheRewardThePromptItsAttributesTheTokensAndTheFinishReason() {
        try (Environment environment = scoredBy("input-recorder", "worker.rewardThreads", "1")) {
            assertThat(episode(environment, PROMPT).score().total()).isEqualTo(3);
        }

        assertThat(InputRecorder.LAST)
                .hasValue(new RewardInput(
                        "1+1=", "244", "2", Map.of("num_terms", "2"), FinishReason.LENGTH, List.of(5, 7, 7)));
    }

    @Test
    void shouldNameTheRewardThePromptAndTheRemedyWithoutAScore() {
        try (Environment environment = scoredBy("broken", "worker.rewardTimeoutMs", "100")) {
            String subject = "reward broken of prompt p (prompt '1+1=', completion '244', answer '";
            for (String[] fault : new String[][] {
                {"throw", "threw java.lang.IllegalStateException: this answer breaks it; correct the reward function"},
                {"null", "returned null; make the reward function return a Score"},
                {"nan", "make the reward function return finite numbers"},
                {"sleep", "took longer than worker.rewardTimeoutMs (100); make the reward function faster"}
            }) {
                Episode episode = episode(environment, prompt(fault[0]));
                assertThatThrownBy(episode::score)
                        .isInstanceOf(UnscoredException.class)
                        .hasMessageStartingWith(subject + fault[0] + "') ")
                        .hasMessageContaining(fault[1]);
            }
        }
    }

    @Test
    void shouldPenaliseLengthOnlyInTheScoreThatIsTrainedOn() {
        try (Environment environment = scoredBy("exact-match", "worker.overlongTokens", "2")) {
            Episode episode = episode(environment, prompt("244"));

            Score given = episode.score();

            assertThat(given).isEqualTo(Score.of("exact-match", 1));
            assertThat(episode.shaped(given, 4))
                    .isEqualTo(new Score(0.5, Map.of("exact-match", 1.0, "overlong", -0.5)));
        }
    }

    @Test
    void shouldEndTheWaitForAScoreWhenItsPulseThrows() {
        try (Environment environment = scoredBy("broken", "worker.rewardTimeoutMs", "3600000")) {
            Episode episode = episode(environment, prompt("sleep"));

            assertThatThrownBy(() -> episode.score(() -> {
                        throw new IllegalStateException("closing");
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("closing");
            episode.abandon();
        }
    }

    @Test
    void shouldNameTheKnownEnvironmentsWhenTheChosenOneIsUnknown() {
        assertThatThrownBy(() -> Environments.of(Config.of(Map.of("worker.environment", "gym"), "run.yaml:7")))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("run.yaml:7: worker.environment is 'gym'; there is no environment \"gym\";"
                        + " use one of single-turn = one completion, scored by worker.reward; token-count");
    }
}
