package dev.krpo.rollout.reward;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Scores a completion against the prompt's reference answer; pure. */
public interface Reward {

    /** The name it is chosen by and recorded with. */
    String name();

    /** A finite number. */
    double score(String completion, String answer);

    /** The rewards that {@code worker.reward} may name. */
    static List<String> names() {
        return List.copyOf(byName().keySet());
    }

    /** @throws IllegalArgumentException naming the known rewards */
    static Reward named(String name) {
        Reward reward = byName().get(name);
        if (reward == null) {
            throw new IllegalArgumentException("reward '" + name + "' is unknown; known: " + names());
        }
        return reward;
    }

    private static Map<String, Reward> byName() {
        Map<String, Reward> rewards = new TreeMap<>();
        for (Reward reward : List.of(new ExactMatch(), new AnswerTag())) {
            rewards.put(reward.name(), reward);
        }
        return rewards;
    }
}
