package dev.krpo.worker.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RewardsTest {

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', textBlock = """
            "12",   "12",  1
            " 12 ", "12",  1
            "12",   " 12", 1
            "\t12", "12",  1
            "",     "",    1
            "112",  "12",  0
            "1 2",  "12",  0
            "",     "12",  0
            "A",    "a",   0
            """)
    void shouldScoreTheAnswerAloneAsOneAndAnythingElseAsZero(String completion, String answer, double expected) {
        assertThat(Rewards.named("exact-match").score(RewardInput.of("12=", completion, answer)))
                .isEqualTo(new Score(expected, Map.of("exact-match", expected)));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', textBlock = """
            "<answer>12</answer>",                     "12", 1
            "think <answer>12</answer> more",          "12", 1
            "<answer> 12</answer>",                    "12", 0.5
            "<answer>112</answer>",                    "12", 0.5
            "<answer>so: 12!</answer>",                "12", 0.5
            "<answer>13</answer>",                     "12", 0.01
            "<answer></answer>",                       "12", 0.01
            "<answer>A</answer>",                      "a",  0.01
            "<answer></answer>",                       "",   1
            "<answer>13</answer>",                     "",   0.5
            "<answer>13</answer><answer>12</answer>",  "12", 0.01
            "<answer>12<answer>13</answer>",           "12", 0.5
            "12",                                      "12", 0
            "<answer>12",                              "12", 0
            "12</answer>",                             "12", 0
            "</answer>12<answer>",                     "12", 0
            "<Answer>12</Answer>",                     "12", 0
            "",                                        "12", 0
            """)
    void shouldScoreTheFirstClosedTagLikeThePublishedCode(String completion, String answer, double expected) {
        assertThat(Rewards.named("answer-tag").score(RewardInput.of("12=", completion, answer)))
                .isEqualTo(new Score(expected, Map.of("answer-tag", expected)));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', textBlock = """
            "4 + 18 = 22",                     "22",                      1
            "22",                              "4 and 18 are 22 #### 22", 1
            "The answer is 22.",               "22",                      1
            "22.0",                            "22",                      1
            "$1,234.50",                       "1234.5",                  1
            "It is -3",                        "-3",                      1
            "10-3",                            "3",                       1
            "22, not 23",                      "22",                      0
            "122",                             "22",                      0
            "0.22",                            "22",                      0
            "-22",                             "22",                      0
            "twenty-two",                      "22",                      0
            "",                                "22",                      0
            "22",                              "none",                    0
            """)
    void shouldCompareTheLastNumberOfTheCompletionWithThatOfTheAnswer(
            String completion, String answer, double expected) {
        assertThat(Rewards.named("last-number").score(RewardInput.of("4 + 18", completion, answer)))
                .isEqualTo(new Score(expected, Map.of("last-number", expected)));
    }

    @Test
    void shouldReadATagThatSpansLines() {
        assertThat(Rewards.named("answer-tag")
                        .score(RewardInput.of("12=", "<answer>1\n2</answer>", "1\n2"))
                        .total())
                .isEqualTo(1);
    }

    @Test
    void shouldFindARewardThatTheClasspathProvides() {
        assertThat(Rewards.named("broken")).isInstanceOf(BrokenReward.class);
    }

    @Test
    void shouldListTheAvailableRewardsWhenTheRequestedOneIsUnknown() {
        assertThatThrownBy(() -> Rewards.named("exact"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("there is no reward \"exact\"")
                .hasMessageContaining("exact-match = 1 for the answer alone, else 0; answer-tag = ")
                .hasMessageContaining(
                        "; broken; input-recorder; or put the jar that provides exact into the folder plugins");
    }

    @Test
    void shouldNameARewardAfterItsClassUnlessItHasAName() {
        Reward lambda = input -> Score.of("tokens", input.tokens().size());

        assertThat(lambda.name()).startsWith(RewardsTest.class.getName());
        assertThat(lambda.description()).isEmpty();
    }

    @Test
    void shouldNotReportAScoreAsFiniteWhenAComponentIsNot() {
        assertThat(new Score(1, Map.of("a", 1.0)).isFinite()).isTrue();
        assertThat(new Score(Double.NaN, Map.of()).isFinite()).isFalse();
        assertThat(new Score(1, Map.of("a", Double.POSITIVE_INFINITY)).isFinite())
                .isFalse();
    }
}
