package dev.krpo.estimators.group;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.EstimatorFactory;
import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.Observation;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.util.List;

/**
 * Length-shaped rewards and difficulty-weighted advantages, arXiv 2504.09696 section 3, with the constants of the
 * authors' code:
 *
 * <pre>
 * s_i = r_i exp(-alpha z_i) if right (r_i > 0), otherwise -1
 * z_i = (l_i - mu_l)/(sigma_l + eps) over the lengths of the right ones
 * A_i = (s_i - mu)/(sigma + eps) times w(p) if that is positive, otherwise times w(1 - p)
 * w(p) = 0.4 + (1.5 - 0.4)/(1 + exp(10 (p - 0.75)));  p = the share of the group that is right
 * </pre>
 *
 * <p>Standard deviations have n - 1 in the denominator. Baseline and variance are those of the shaped rewards s.
 */
public final class GrpoLeadEstimator extends GroupEstimator {

    public static final String NAME = "grpo-lead";

    public static final Section SETTINGS = Section.of("estimator", "Estimator grpo-lead", "streams");

    static final Setting<Double> LENGTH_PENALTY = SETTINGS.number("lengthPenalty", 0.05)
            .atLeast(0.0)
            .doc("Approximate share of its reward that a right answer loses with grpo-lead per standard deviation"
                    + " that it is longer than the mean right answer: the reward is multiplied by"
                    + " exp(-lengthPenalty * z).");

    private static final double WRONG = -1;
    private static final double MIN_WEIGHT = 0.4;
    private static final double MAX_WEIGHT = 1.5;
    private static final double STEEPNESS = 10;
    private static final double MIDPOINT = 0.75;

    private final double lengthPenalty;
    private final double epsilon;

    /**
     * @param lengthPenalty alpha, length penalty of a right answer per standard deviation of length, >= 0
     * @param epsilon added to both standard deviations, in units of reward and of tokens, >= 0
     */
    public GrpoLeadEstimator(double lengthPenalty, double epsilon) {
        super(NAME);
        this.lengthPenalty = lengthPenalty;
        this.epsilon = epsilon;
    }

    @Override
    protected List<Advantage> advantages(List<Observation> group) {
        double[] lengths = group.stream()
                .filter(GrpoLeadEstimator::isRight)
                .mapToDouble(Observation::length)
                .toArray();
        double[] shaped = shaped(group, lengths);
        Moments moments = Moments.of(shaped);
        double right = (double) lengths.length / group.size();
        Advantage[] advantages = new Advantage[shaped.length];
        for (int i = 0; i < shaped.length; i++) {
            double score = moments.standardScore(shaped[i], epsilon);
            advantages[i] = moments.advantage(score * weight(score > 0 ? right : 1 - right));
        }
        return List.of(advantages);
    }

    private double[] shaped(List<Observation> group, double[] rightLengths) {
        Moments lengths = rightLengths.length == 0 ? null : Moments.of(rightLengths);
        return group.stream()
                .mapToDouble(member -> lengths == null || !isRight(member)
                        ? WRONG
                        : member.reward() * Math.exp(-lengthPenalty * lengths.standardScore(member.length(), epsilon)))
                .toArray();
    }

    private static boolean isRight(Observation member) {
        return member.reward() > 0;
    }

    private static double weight(double share) {
        return MIN_WEIGHT + (MAX_WEIGHT - MIN_WEIGHT) / (1 + Math.exp(STEEPNESS * (share - MIDPOINT)));
    }

    public static final class Factory implements EstimatorFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "prefers short answers and hard prompts";
        }

        @Override
        public List<Section> settings() {
            return List.of(SETTINGS);
        }

        @Override
        public Estimator create(Config config) {
            return new GrpoLeadEstimator(config.get(LENGTH_PENALTY), config.get(Estimators.EPSILON));
        }
    }
}
