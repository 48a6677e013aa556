package dev.krpo.worker.reward;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** The rewards that can be chosen by name: {@code exact-match}, {@code answer-tag}, and those of the classpath. */
public final class Rewards {

    private Rewards() {}

    /**
     * The reward of this name; one that the {@link ServiceLoader} finds comes after those here.
     *
     * @throws IllegalArgumentException if there is none, listing the names there are, or one on the classpath cannot be loaded
     */
    public static Reward named(String name) {
        List<Reward> all = new ArrayList<>(List.of(new ExactMatch(), new AnswerTag()));
        return among(all, name).orElseGet(() -> {
            try {
                ServiceLoader.load(Reward.class).forEach(all::add);
            } catch (ServiceConfigurationError e) {
                throw new IllegalArgumentException(
                        "a reward on the classpath cannot be loaded: " + e.getMessage() + "; correct or remove its jar",
                        e);
            }
            return among(all, name)
                    .orElseThrow(() -> new IllegalArgumentException("there is no reward \"" + name + "\"; use one of "
                            + all.stream().map(Reward::name).toList()
                            + ", or put one on the classpath as a service of " + Reward.class.getName()));
        });
    }

    private static Optional<Reward> among(List<Reward> rewards, String name) {
        return rewards.stream().filter(reward -> reward.name().equals(name)).findFirst();
    }
}
