package dev.krpo.cli.experiment;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** What a run measured, and its file. */
record RunResult(List<Point> curve) {

    private static final String HEADER = "rollouts,version,reward,accuracy,gradient_norm,seconds";

    /**
     * One evaluation.
     *
     * @param rollouts generated so far
     * @param version of the policy
     * @param reward mean of the rewards since the last evaluation, as the estimator saw them; NaN at the start
     * @param accuracy greedy, held out
     * @param gradientNorm mean before clipping since the last evaluation; NaN at the start
     * @param seconds since the start, evaluations left out
     */
    record Point(long rollouts, long version, double reward, double accuracy, double gradientNorm, double seconds) {}

    /** Mean accuracy of the last tenth of the evaluations, one at least: one evaluation alone is noisy. */
    double finalAccuracy() {
        int last = Math.max(1, (curve.size() - 1) / 10);
        return curve.subList(curve.size() - last, curve.size()).stream()
                .mapToDouble(Point::accuracy)
                .average()
                .orElseThrow();
    }

    /** Area under the accuracy by the trapezoid rule over the rollouts, divided by their number: a mean accuracy. */
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

    /** Written completely or not at all. */
    void write(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        List<String> lines = new ArrayList<>(List.of(HEADER));
        for (Point point : curve) {
            lines.add(point.rollouts() + "," + point.version() + "," + point.reward() + "," + point.accuracy() + ","
                    + point.gradientNorm() + "," + point.seconds());
        }
        Path partial = Files.write(file.resolveSibling(file.getFileName() + ".partial"), lines);
        try {
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    static RunResult read(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        if (!lines.get(0).equals(HEADER)) {
            throw new IOException(file + " begins with '" + lines.get(0) + "', not with '" + HEADER
                    + "'; delete it, and the run is made again");
        }
        List<Point> curve = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split(",", -1);
            curve.add(new Point(
                    Long.parseLong(cells[0]),
                    Long.parseLong(cells[1]),
                    Double.parseDouble(cells[2]),
                    Double.parseDouble(cells[3]),
                    Double.parseDouble(cells[4]),
                    Double.parseDouble(cells[5])));
        }
        return new RunResult(curve);
    }
}
