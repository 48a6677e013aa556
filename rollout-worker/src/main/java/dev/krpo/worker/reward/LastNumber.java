package dev.krpo.worker.reward;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * 1 if the last number of the completion has the value of the last number of the answer, else 0: the usual score of
 * math word problems, whose reference solutions end with the result (GSM8K, arXiv 2110.14168). Commas inside a number
 * group its digits; a minus sign after a digit or a closing bracket subtracts.
 */
public final class LastNumber implements Reward {

    private static final String NAME = "last-number";

    private static final Pattern NUMBER =
            Pattern.compile("(?<![\\d.)])-?\\d+(?:,\\d{3})*(?:\\.\\d+)?|\\d+(?:\\.\\d+)?");

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "1 if the last numbers of completion and answer are equal, else 0";
    }

    @Override
    public Score score(RewardInput input) {
        Optional<BigDecimal> answer = last(input.answer());
        boolean equal = answer.isPresent()
                && last(input.completion())
                        .filter(number -> number.compareTo(answer.get()) == 0)
                        .isPresent();
        return Score.of(NAME, equal ? 1 : 0);
    }

    private static Optional<BigDecimal> last(String text) {
        return NUMBER.matcher(text)
                .results()
                .map(MatchResult::group)
                .reduce((first, second) -> second)
                .map(number -> new BigDecimal(number.replace(",", "")));
    }
}
