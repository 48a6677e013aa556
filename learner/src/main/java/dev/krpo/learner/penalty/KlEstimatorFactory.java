package dev.krpo.learner.penalty;

import dev.krpo.settings.Choice;

/** The service behind one value of {@code trainer.klEstimator}. */
public interface KlEstimatorFactory extends Choice<KlEstimator> {}
