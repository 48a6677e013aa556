package dev.krpo.estimators;

import dev.krpo.settings.Choice;

/** The service behind one value of {@code estimator.name}. */
public interface EstimatorFactory extends Choice<Estimator> {}
