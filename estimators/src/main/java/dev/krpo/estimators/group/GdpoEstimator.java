package dev.krpo.estimators.group;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.EstimatorFactory;
import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.Objection;
import dev.krpo.estimators.Observation;
import dev.krpo.settings.Config;
import dev.krpo.settings.Kind;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Normalises each reward component within the group, then sums them, arXiv 2601.05242 equations 4 and 5: {@code A_i =
 * sum_k w_k (r_ik - mu_k)/(sigma_k + eps)}. Unlike normalisation of the total, it distinguishes a completion that
 * satisfies two components from one that satisfies only the larger one. Equation 6, normalisation over the batch,
 * belongs to the trainer.
 *
 * <p>A component that a member lacks is excluded from that member's sum, and the member from the component's
 * statistics. Baseline and variance are those of the weighted sum of the components.
 */
public final class GdpoEstimator extends GroupEstimator {

    public static final String NAME = "gdpo";

    private static final Pattern WEIGHT = Pattern.compile("\\s*(\\S.*?)\\s*=\\s*(-?\\d{1,18}(?:\\.\\d{1,18})?)\\s*");

    private static final Kind<Map<String, Double>> WEIGHTS = new Kind<>(
            "list",
            "name=weight, name=weight with decimal numbers as weights",
            "name=weight, name=weight",
            GdpoEstimator::parseWeights,
            weights -> weights.entrySet().stream().map(Map.Entry::toString).collect(Collectors.joining(",")));

    public static final Section SETTINGS = Section.of("estimator", "Estimator gdpo", "streams");

    static final Setting<Map<String, Double>> REWARD_WEIGHTS = SETTINGS.value("rewardWeights", Map.of(), WEIGHTS)
            .doc("Weights of the normalised reward components in gdpo. Components that are not named are ignored;"
                    + " empty = all components of a rollout with weight 1.");

    private final SortedMap<String, Double> weights;
    private final double epsilon;

    /**
     * @param weights w by component name; empty: every component has weight 1
     * @param epsilon added to each sigma, in units of reward, >= 0
     */
    public GdpoEstimator(Map<String, Double> weights, double epsilon) {
        super(NAME);
        this.weights = new TreeMap<>(weights);
        this.epsilon = epsilon;
    }

    private static Map<String, Double> parseWeights(String text) {
        SortedMap<String, Double> weights = new TreeMap<>();
        for (String entry : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            Matcher matcher = WEIGHT.matcher(entry);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("'" + entry.strip() + "' is not name=weight");
            }
            weights.put(matcher.group(1), Double.valueOf(matcher.group(2)));
        }
        return weights;
    }

    @Override
    public Optional<Objection> objection(double reward, Map<String, Double> rewardComponents) {
        return rewardComponents.isEmpty() || !rewardComponents.keySet().containsAll(weights.keySet())
                ? Optional.of(new Objection(
                        "reward-components-missing",
                        "rewardComponents has " + new TreeMap<>(rewardComponents).keySet() + " and gdpo normalises "
                                + (weights.isEmpty() ? "each component" : weights.keySet())
                                + "; publish them, correct " + REWARD_WEIGHTS.key() + ", or use "
                                + Estimators.NAME.key() + "=" + GrpoEstimator.NAME))
                : Optional.empty();
    }

    @Override
    protected List<Advantage> advantages(List<Observation> group) {
        double[] scores = new double[group.size()];
        double[] totals = new double[group.size()];
        weights(group).forEach((component, weight) -> {
            double[] values = group.stream()
                    .map(member -> member.rewardComponents().get(component))
                    .filter(value -> value != null)
                    .mapToDouble(value -> value)
                    .toArray();
            Moments moments = Moments.of(values);
            for (int i = 0; i < scores.length; i++) {
                Double value = group.get(i).rewardComponents().get(component);
                if (value != null) {
                    scores[i] += weight * moments.standardScore(value, epsilon);
                    totals[i] += weight * value;
                }
            }
        });
        Moments total = Moments.of(totals);
        Advantage[] advantages = new Advantage[scores.length];
        for (int i = 0; i < scores.length; i++) {
            advantages[i] = total.advantage(scores[i]);
        }
        return List.of(advantages);
    }

    /** In name order, so that sums are bit-identical. */
    private SortedMap<String, Double> weights(List<Observation> group) {
        if (!weights.isEmpty()) {
            return weights;
        }
        SortedMap<String, Double> all = new TreeMap<>();
        group.forEach(member -> member.rewardComponents().keySet().forEach(name -> all.put(name, 1.0)));
        return all;
    }

    public static final class Factory implements EstimatorFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "each reward component normalised";
        }

        @Override
        public List<Section> settings() {
            return List.of(SETTINGS);
        }

        @Override
        public Estimator create(Config config) {
            return new GdpoEstimator(config.get(REWARD_WEIGHTS), config.get(Estimators.EPSILON));
        }
    }
}
