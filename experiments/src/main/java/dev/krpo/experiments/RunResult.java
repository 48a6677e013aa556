package dev.krpo.experiments;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The measurements of a run, and their file. */
record RunResult(List<Point> curve) {

    private static final String HEADER = "rollouts,version,reward,accuracy,gradient_norm,seconds";

    /**
     * One evaluation.
     *
     * @param rollouts number of rollouts so far
     * @param version policy version
     * @param reward mean reward since the last evaluation, as seen by the estimator; NaN at the start
     * @param accuracy mean reward of greedy completions of the held-out questions; the accuracy if rewards are 1 or 0
     * @param gradientNorm mean norm before clipping since the last evaluation; NaN at the start
     * @param seconds time since the start, excluding evaluations
     */
    record Point(long rollouts, long version, double reward, double accuracy, double gradientNorm, double seconds) {}

    /** Mean accuracy of the last tenth of the evaluations (at least one): a single evaluation is noisy. */
    double finalAccuracy() {
        int last = Math.max(1, (curve.size() - 1) / 10);
        return curve.subList(curve.size() - last, curve.size()).stream()
                .mapToDouble(Point::accuracy)
                .average()
                .orElseThrow();
    }

    /** Mean accuracy over the rollouts: the area under the curve (trapezoid rule) divided by the number of rollouts. */
    double area() {
        double area = 0;
        for (int i = 1; i < curve.size(); i++) {
            Point left = curve.get(i - 1);
            Point right = curve.get(i);
            area += (right.rollouts() - left.rollouts()) * (left.accuracy() + right.accuracy()) / 2;
        }
        return area / (last().rollouts() - curve.get(0).rollouts());
    }

    Point last() {
        return curve.get(curve.size() - 1);
    }

    /** Writes the file atomically. */
    void write(Path file) throws IOException {
        List<String> rows = new ArrayList<>();
        for (Point point : curve) {
            rows.add(point.rollouts() + "," + point.version() + "," + point.reward() + "," + point.accuracy() + ","
                    + point.gradientNorm() + "," + point.seconds());
        }
        ResultFile.write(file, HEADER, rows);
    }

    static RunResult read(Path file) throws IOException {
        List<Point> curve = new ArrayList<>();
        for (String[] row : ResultFile.read(file, HEADER)) {
            curve.add(new Point(
                    Long.parseLong(row[0]),
                    Long.parseLong(row[1]),
                    Double.parseDouble(row[2]),
                    Double.parseDouble(row[3]),
                    Double.parseDouble(row[4]),
                    Double.parseDouble(row[5])));
        }
        return new RunResult(curve);
    }
}
