package dev.krpo.worker.reward;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The rewards that can be selected by name: the built-in ones, and those provided by jars on the classpath. */
public final class Rewards {

    /** The default of {@code worker.reward}. */
    public static final String DEFAULT = ExactMatch.NAME;

    private static final List<Reward> BUILT_IN = List.of(new ExactMatch(), new AnswerTag());

    private Rewards() {}

    /** The built-in rewards, each with the line that describes it. */
    public static String builtIn() {
        return described(BUILT_IN.stream());
    }

    /**
     * The reward of this name. The built-in names are reserved: a reward on the classpath needs a different one.
     *
     * @throws IllegalArgumentException if none exists, listing the available ones and the jars whose rewards cannot be
     *     used; or if several have the name, with their locations
     */
    public static Reward named(String name) {
        return named(name, Reward.class.getClassLoader());
    }

    static Reward named(String name, ClassLoader classpath) {
        return BUILT_IN.stream()
                .filter(reward -> reward.name().equals(name))
                .findFirst()
                .orElseGet(() -> provided(name, classpath));
    }

    private static Reward provided(String name, ClassLoader classpath) {
        ProvidedRewards provided = ProvidedRewards.of(classpath);
        List<ProvidedRewards.Provided> named = provided.rewards().stream()
                .filter(one -> one.reward().name().equals(name))
                .toList();
        if (named.isEmpty()) {
            throw new IllegalArgumentException(absent(name, provided));
        }
        if (named.size() > 1) {
            throw new IllegalArgumentException(named.size() + " rewards are named \"" + name + "\": "
                    + named.stream().map(ProvidedRewards.Provided::toString).collect(Collectors.joining(" and "))
                    + "; remove the unwanted jar, or rename one of them");
        }
        return named.get(0).reward();
    }

    private static String absent(String name, ProvidedRewards provided) {
        Stream<Reward> all =
                Stream.concat(BUILT_IN.stream(), provided.rewards().stream().map(ProvidedRewards.Provided::reward));
        String message = "there is no reward \"" + name + "\"; use one of " + described(all)
                + "; or put the jar of another one into the folder plugins beside the krpo launcher, or on"
                + " KRPO_CLASSPATH";
        return provided.faults().isEmpty()
                ? message
                : message + "; cannot be used: " + String.join("; ", provided.faults());
    }

    private static String described(Stream<Reward> rewards) {
        return rewards.map(reward ->
                        reward.description().isBlank() ? reward.name() : reward.name() + " = " + reward.description())
                .collect(Collectors.joining("; "));
    }
}
