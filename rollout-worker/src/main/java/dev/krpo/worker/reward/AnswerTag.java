package dev.krpo.worker.reward;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The reward of the published KRPO code (arXiv 2505.07527; {@code rollout()} in train.py): 1 if the text inside the
 * first {@code <answer>...</answer>} is the answer, 0.5 if it contains it, 0.01 otherwise; 0 without the tag.
 *
 * <p>As there, nothing is trimmed, case matters, the text may span lines, only the first closed tag is considered, and
 * every text contains an empty answer. An opening tag in the prompt does not count: the completion must contain both.
 */
public final class AnswerTag implements Reward {

    private static final String NAME = "answer-tag";

    private static final Pattern TAG = Pattern.compile("<answer>(.*?)</answer>", Pattern.DOTALL);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "of the text inside <answer>...</answer>, 1 for the answer, 0.5 if it contains it, 0.01"
                + " otherwise, 0 without"
                + " the tag";
    }

    @Override
    public Score score(RewardInput input) {
        Matcher tag = TAG.matcher(input.completion());
        return Score.of(NAME, tag.find() ? inside(tag.group(1), input.answer()) : 0);
    }

    private static double inside(String text, String answer) {
        if (text.equals(answer)) {
            return 1;
        }
        return text.contains(answer) ? 0.5 : 0.01;
    }
}
