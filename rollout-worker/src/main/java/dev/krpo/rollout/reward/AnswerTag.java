package dev.krpo.rollout.reward;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The rule of the KRPO authors' training code (arXiv 2505.07527): the text inside the first {@code <answer>} element equals
 * the answer 1, contains it 0.5, is something else 0.01; no element 0.
 */
record AnswerTag() implements Reward {

    private static final Pattern ELEMENT = Pattern.compile("<answer>(.*?)</answer>", Pattern.DOTALL);

    @Override
    public String name() {
        return "answer-tag";
    }

    @Override
    public double score(String completion, String answer) {
        Matcher element = ELEMENT.matcher(completion);
        if (!element.find()) {
            return 0;
        }
        String inside = element.group(1);
        if (inside.equals(answer)) {
            return 1;
        }
        return inside.contains(answer) ? 0.5 : 0.01;
    }
}
