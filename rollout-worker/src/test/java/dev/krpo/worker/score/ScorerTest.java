package dev.krpo.worker.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.policy.generate.Completion;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Prompt;
import dev.krpo.settings.Config;
import dev.krpo.worker.reward.InputRecorder;
import dev.krpo.worker.reward.RewardInput;
import dev.krpo.worker.reward.Score;
import dev.krpo.worker.settings.WorkerSettings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ScorerTest {

    private static final Prompt PROMPT = new Prompt("p", "1+1=", "2", "sums", Map.of("num_terms", "2"));
    private static final Completion CUT_OFF =
            new Completion(new int[] {5, 7, 7}, new float[3], new float[0], List.of(), false);

    private static Scorer scorer(String... settings) {
        return settings.length == 1
                ? new Scorer(new WorkerSettings(Config.of(Map.of("worker.reward", settings[0]))))
                : new Scorer(
                        new WorkerSettings(Config.of(Map.of("worker.reward", settings[0], settings[1], settings[2]))));
    }

    private static Scoring submit(Scorer scorer, String answer) {
        Prompt prompt = new Prompt("p", "1+1=", answer, "sums", Map.of());
        return scorer.submit("prompt p", prompt, CUT_OFF, "244");
    }

    @Test
    void shouldPassTheRewardThePromptItsAttributesTheTokensAndTheFinishReason() {
        try (Scorer scorer = scorer("input-recorder")) {
            scorer.await(scorer.submit("prompt p", PROMPT, CUT_OFF, "244"));
        }

        assertThat(InputRecorder.LAST)
                .hasValue(new RewardInput(
                        "1+1=", "244", "2", Map.of("num_terms", "2"), FinishReason.LENGTH, List.of(5, 7, 7)));
    }

    @Test
    void shouldNameTheRewardThePromptAndTheRemedyWithoutAScore() {
        try (Scorer scorer = scorer("broken", "worker.rewardTimeoutMs", "100")) {
            String subject = "reward broken of prompt p (prompt '1+1=', completion '244', answer '";
            for (String[] fault : new String[][] {
                {"throw", "threw java.lang.IllegalStateException: this answer breaks it; correct the reward function"},
                {"null", "returned null; make the reward function return a Score"},
                {"nan", "make the reward function return finite numbers"},
                {"sleep", "took longer than worker.rewardTimeoutMs (100); make the reward function faster"}
            }) {
                Scoring scoring = submit(scorer, fault[0]);
                assertThatThrownBy(() -> scorer.await(scoring))
                        .isInstanceOf(UnscoredException.class)
                        .hasMessageStartingWith(subject + fault[0] + "') ")
                        .hasMessageContaining(fault[1]);
            }
        }
    }

    @Test
    void shouldPenaliseLengthOnlyInTheScoreThatIsTrainedOn() {
        try (Scorer scorer = scorer("exact-match", "worker.overlongTokens", "2")) {
            Scoring scoring = submit(scorer, "244");

            Score given = scorer.await(scoring);

            assertThat(given).isEqualTo(Score.of("exact-match", 1));
            assertThat(scorer.shaped(scoring, given, 4))
                    .isEqualTo(new Score(0.5, Map.of("exact-match", 1.0, "overlong", -0.5)));
        }
    }
}
