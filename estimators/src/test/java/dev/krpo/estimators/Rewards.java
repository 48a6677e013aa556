package dev.krpo.estimators;

import java.util.Arrays;
import java.util.List;

/** Rewards of policy version 0. */
public final class Rewards {

    private Rewards() {}

    public static List<Observation> of(double... rewards) {
        return Arrays.stream(rewards)
                .mapToObj(reward -> new Observation(reward, 0))
                .toList();
    }
}
