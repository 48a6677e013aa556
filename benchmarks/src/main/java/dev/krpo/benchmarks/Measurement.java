package dev.krpo.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * Result of one benchmark. Each round runs the subject and the reference back to back, so that other load on the
 * machine affects both; the ratio is the median of the rounds' ratios.
 */
record Measurement(
        String benchmark,
        String unit,
        String subject,
        List<Double> subjectRates,
        String reference,
        List<Double> referenceRates,
        double targetRatio) {

    Measurement {
        if (subjectRates.size() != referenceRates.size() || subjectRates.isEmpty()) {
            throw new IllegalArgumentException("each round measures both variants; got "
                    + subjectRates.size() + " rates of " + subject + " and " + referenceRates.size() + ""
                    + " of " + reference);
        }
    }

    double subjectMedian() {
        return median(subjectRates);
    }

    double referenceMedian() {
        return median(referenceRates);
    }

    double ratio() {
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < subjectRates.size(); round++) {
            ratios.add(subjectRates.get(round) / referenceRates.get(round));
        }
        return median(ratios);
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
