package dev.krpo.pipeline.report;

import dev.krpo.schemas.TrainingStep;

/** The figures of one optimizer step for the report. */
public record StepPoint(
        long step,
        long finishedAtMs,
        double reward,
        double entropy,
        double gradientNorm,
        double clipFraction,
        double stalenessMean,
        long stalenessMax,
        long samplesTrained,
        long samplesDropped,
        long tokens,
        long waitMs,
        long learnMs) {

    static StepPoint of(TrainingStep step) {
        return new StepPoint(
                step.getStep(),
                step.getFinishedAtMs(),
                step.getRewardMean(),
                step.getEntropy(),
                step.getGradientNorm(),
                step.getClipFraction(),
                step.getStalenessMean(),
                step.getStalenessMax(),
                step.getSamplesTrained(),
                step.getSamplesDropped(),
                step.getCompletionTokens() + step.getPromptTokens(),
                step.getWaitMs(),
                step.getLearnMs());
    }
}
