package dev.krpo.rollout.reward;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** The rewards that can be chosen by name: {@code exact-match}, {@code answer-tag}, and those of the classpath. */
public final class Rewards {

    private Rewards() {}

    /**
     * The reward of this name; one that the {@link ServiceLoader} finds comes after those here.
     *
     * @throws IllegalArgumentException if there is none, listing the names there are
     */
    public static Reward named(String name) {
        List<Reward> all = new ArrayList<>(List.of(new ExactMatch(), new AnswerTag()));
        ServiceLoader.load(Reward.class).forEach(all::add);
        return all.stream()
                .filter(reward -> reward.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no reward \"" + name + "\"; use one of "
                        + all.stream().map(Reward::name).toList()
                        + ", or put one on the classpath as a service of " + Reward.class.getName()));
    }
}
