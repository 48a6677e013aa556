package dev.krpo.learner.loss;

/** The limits of all policy losses, without the ranges of their settings. */
public record Limits(double clipLow, double clipHigh, double truncation, double clipC) {

    /** Without a bound where the clip range sets none. */
    public Limits(double clipLow, double clipHigh, double truncation) {
        this(clipLow, clipHigh, truncation, Double.POSITIVE_INFINITY);
    }

    /** The loss of this name within these limits. */
    public PolicyLoss loss(String name) {
        ClipRange range = new ClipRange(clipLow, clipHigh, clipC);
        return switch (name) {
            case "clipped" -> new ClippedSurrogate(range);
            case "truncated-is" -> new TruncatedImportance(truncation);
            case "decoupled" -> new DecoupledSurrogate(range, truncation);
            case "gspo" -> new SequenceSurrogate(range);
            case "gmpo" -> new GeometricMean(range);
            case "cispo" -> new ClippedImportance(range);
            case "tic" -> new TrajectoryImportance(clipHigh);
            default -> throw new IllegalArgumentException("add " + name + " here, and to NaiveLosses");
        };
    }
}
