package dev.krpo.estimators;

import dev.krpo.settings.Choice;

/** The service behind one value of {@code estimator.filter}. */
public interface SampleFilterFactory extends Choice<SampleFilter> {}
