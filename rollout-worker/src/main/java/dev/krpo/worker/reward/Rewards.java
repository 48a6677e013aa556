package dev.krpo.worker.reward;

import dev.krpo.settings.Services;

/** The rewards that can be selected by name: the built-in ones, and those provided by jars on the class path. */
public final class Rewards {

    /** The default of {@code worker.reward}. */
    public static final String DEFAULT = ExactMatch.NAME;

    private Rewards() {}

    /** The rewards there are, each with the line that describes it. */
    public static String described() {
        return on(Reward.class.getClassLoader()).described();
    }

    /**
     * The reward of this name.
     *
     * @throws IllegalArgumentException if none exists, listing the available ones and the jars whose rewards cannot be
     *     used; or if several have the name, with their locations
     */
    public static Reward named(String name) {
        return on(Reward.class.getClassLoader()).named(name);
    }

    static Services<Reward> on(ClassLoader classPath) {
        return Services.of(Reward.class, "reward", classPath);
    }
}
