package dev.krpo.rollout.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RewardTest {

    @ParameterizedTest
    @CsvSource({"46, 46, 1", "' 46 ', 46, 1", "47, 46, 0", "'', 46, 0", "460, 46, 0"})
    void shouldGiveOneForExactlyTheAnswer(String completion, String answer, double score) {
        assertThat(Reward.named("exact-match").score(completion, answer)).isEqualTo(score);
    }

    @ParameterizedTest
    @CsvSource({
        "<answer>46</answer>, 46, 1",
        "so <answer>46</answer> it is, 46, 1",
        "<answer>is 46</answer>, 46, 0.5",
        "<answer>47</answer>, 46, 0.01",
        "46, 46, 0",
        "<answer>46, 46, 0"
    })
    void shouldScoreTheAnswerTagAsTheAuthorsCodeDoes(String completion, String answer, double score) {
        assertThat(Reward.named("answer-tag").score(completion, answer)).isEqualTo(score);
    }

    @Test
    void shouldNameTheKnownRewardsWhenAskedForAnother() {
        assertThatThrownBy(() -> Reward.named("exact"))
                .hasMessageContaining("'exact'")
                .hasMessageContaining("answer-tag, exact-match");
    }
}
