package dev.krpo.streams.reestimate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compares estimators on one sequence of rollouts. Add the rollouts first, then each estimator's advantages. */
final class EstimatorScores {

    /** Few enough that the policy has hardly changed, and enough to average out some of the noise. */
    static final int NEXT_ROLLOUTS = 8;

    private static final double ZERO = 1e-9;

    private final Map<String, List<Double>> rewards = new HashMap<>();
    private final Map<String, Position> positions = new HashMap<>();
    private final Map<String, Double> recorded = new HashMap<>();

    private record Position(String promptId, int index) {}

    /** A baseline and an advantage for a rollout. */
    record Estimated(String rolloutId, double baseline, double advantage) {}

    /** The rollouts of a prompt must be added in the order of generation; repeats are ignored. */
    void rollout(String rolloutId, String promptId, double reward) {
        if (positions.containsKey(rolloutId)) {
            return;
        }
        List<Double> ofPrompt = rewards.computeIfAbsent(promptId, unseen -> new ArrayList<>());
        positions.put(rolloutId, new Position(promptId, ofPrompt.size()));
        ofPrompt.add(reward);
    }

    /** The run's own estimator; the signs of the others are compared with its signs. */
    EstimatorScore recorded(String estimator, Iterable<Estimated> estimates) {
        estimates.forEach(one -> recorded.put(one.rolloutId(), one.advantage()));
        return score(estimator, estimates);
    }

    EstimatorScore score(String estimator, Iterable<Estimated> estimates) {
        long samples = 0;
        double sum = 0;
        double squares = 0;
        long zeros = 0;
        double errors = 0;
        long foreseen = 0;
        long compared = 0;
        long agreed = 0;
        for (Estimated one : estimates) {
            samples++;
            sum += one.advantage();
            squares += one.advantage() * one.advantage();
            zeros += Math.abs(one.advantage()) <= ZERO ? 1 : 0;
            double next = nextMean(one.rolloutId());
            if (!Double.isNaN(next)) {
                foreseen++;
                errors += (one.baseline() - next) * (one.baseline() - next);
            }
            Double other = recorded.get(one.rolloutId());
            if (other != null) {
                compared++;
                agreed += sign(other) == sign(one.advantage()) ? 1 : 0;
            }
        }
        double mean = sum / samples;
        return new EstimatorScore(
                estimator,
                samples,
                Math.sqrt(errors / foreseen),
                squares / samples - mean * mean,
                (double) zeros / samples,
                (double) agreed / compared);
    }

    /** Mean reward of the prompt's next rollouts; NaN if there are none or this one is unknown. */
    private double nextMean(String rolloutId) {
        Position position = positions.get(rolloutId);
        if (position == null) {
            return Double.NaN;
        }
        List<Double> ofPrompt = rewards.get(position.promptId());
        int from = position.index() + 1;
        return ofPrompt.subList(from, Math.min(ofPrompt.size(), from + NEXT_ROLLOUTS)).stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElse(Double.NaN);
    }

    private static int sign(double advantage) {
        return Math.abs(advantage) <= ZERO ? 0 : advantage > 0 ? 1 : -1;
    }
}
