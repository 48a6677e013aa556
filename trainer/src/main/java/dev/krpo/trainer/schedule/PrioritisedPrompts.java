package dev.krpo.trainer.schedule;

import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import dev.krpo.trainer.settings.SchedulerSettings;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Draws a prompt with probability proportional to its learning potential (the prioritised sampling of SPO, arXiv
 * 2509.13232), without repeating a prompt that has not been answered yet:
 *
 * <pre>weight = sqrt(x(1 - x)) + sqrt(P) + c</pre>
 *
 * The first term is the standard deviation of a binary reward with mean x: a prompt that is always or never solved
 * offers no contrast. The other two explore. {@code sqrt(P)} is the standard deviation of the filter's belief in x, in
 * the same unit, so a prompt whose mean is based on few rewards is drawn again. {@code c} is SPO's constant: P dates
 * from the last answer and does not reflect how far the policy has moved since; only c ensures that every prompt is
 * drawn again. With P = 0 the weight is SPO's.
 *
 * <p>x is clipped to [0, 1], and P to 1/4, the maximum variance of any variable in [0, 1]. An unseen prompt has the
 * widest possible belief, x = 1/2 and P = 1/4, and therefore the highest weight. Rewards in another range are rescaled
 * to shares of it ({@code estimator.rewardRange}).
 *
 * <p>The same calls return the same prompts; the order in which prompts are named does not matter.
 */
public final class PrioritisedPrompts implements PromptSource {

    public static final Section SETTINGS = Section.of("scheduler", "Curriculum prioritised", "trainer");

    private static final Setting<Double> EXPLORATION = SETTINGS.number("curriculumExploration", 0.05)
            .above(0.0)
            .atMost(1.0)
            .unit("reward")
            .doc("Minimum weight of every prompt in the prioritised curriculum, including solved ones.");

    private static final double MAX_VARIANCE = 0.25;

    private final long seed;
    private final double exploration;
    /** Includes prompts that are not in use: they may be added later. */
    private final Map<String, Double> weights = new HashMap<>();

    private final Set<String> inFlight = new HashSet<>();
    private final Set<String> excluded = new HashSet<>();
    private List<String> sorted = List.of();
    private final Map<String, Integer> indices = new HashMap<>();
    private SumTree tree = new SumTree(0);

    /** @param exploration c, > 0 */
    public PrioritisedPrompts(long seed, Set<String> promptIds, double exploration) {
        this.seed = seed;
        this.exploration = exploration;
        setPrompts(promptIds);
    }

    /** When every prompt is in flight, all may be drawn again. */
    @Override
    public String next(long sequence) {
        if (tree.total() == 0) {
            List.copyOf(inFlight).forEach(this::answered);
        }
        double mark = new SplittableRandom(seed * 1_000_003 + sequence).nextDouble() * tree.total();
        int index = tree.find(mark);
        tree.set(index, 0);
        inFlight.add(sorted.get(index));
        return sorted.get(index);
    }

    /** Updates x and P; the prompt may be drawn again. */
    @Override
    public void update(String promptId, double mean, double variance) {
        if (!Double.isFinite(mean) || !Double.isFinite(variance) || variance < 0) {
            throw new IllegalArgumentException("the belief of prompt " + promptId + " has mean " + mean
                    + " and variance " + variance + "; both must be finite and the variance not negative");
        }
        weights.put(promptId, weight(mean, variance));
        inFlight.remove(promptId);
        setWeight(promptId);
    }

    @Override
    public void answered(String promptId) {
        if (inFlight.remove(promptId)) {
            setWeight(promptId);
        }
    }

    @Override
    public void exclude(String promptId) {
        excluded.add(promptId);
        setWeight(promptId);
    }

    @Override
    public void setPrompts(Set<String> promptIds) {
        if (promptIds.equals(indices.keySet()) && excluded.isEmpty()) {
            return;
        }
        excluded.clear();
        sorted = promptIds.stream().sorted().toList();
        indices.clear();
        inFlight.retainAll(promptIds);
        tree = new SumTree(sorted.size());
        for (int i = 0; i < sorted.size(); i++) {
            indices.put(sorted.get(i), i);
            setWeight(sorted.get(i));
        }
    }

    private void setWeight(String promptId) {
        Integer index = indices.get(promptId);
        if (index != null) {
            boolean notNow = inFlight.contains(promptId) || excluded.contains(promptId);
            tree.set(index, notNow ? 0 : weight(promptId));
        }
    }

    /** Relative to the other prompts, whether in flight or not. */
    double weight(String promptId) {
        return weights.getOrDefault(promptId, weight(0.5, MAX_VARIANCE));
    }

    private double weight(double mean, double variance) {
        double probability = Math.min(1, Math.max(0, mean));
        return Math.sqrt(probability * (1 - probability)) + Math.sqrt(Math.min(MAX_VARIANCE, variance)) + exploration;
    }

    public static final class Factory implements PromptSourceFactory {
        @Override
        public String name() {
            return "prioritised";
        }

        @Override
        public String description() {
            return "prompts whose rewards vary and prompts with uncertain beliefs are preferred, with weight"
                    + " sqrt(x(1-x)) + sqrt(P) + curriculumExploration from baselines, for rewards in [0, 1] and"
                    + " estimator.name krpo";
        }

        @Override
        public boolean usesBeliefs() {
            return true;
        }

        @Override
        public List<Section> settings() {
            return List.of(SETTINGS);
        }

        @Override
        public PromptSource create(Config config) {
            return new PrioritisedPrompts(config.get(SchedulerSettings.SEED), Set.of(), config.get(EXPLORATION));
        }
    }
}
