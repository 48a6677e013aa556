package dev.krpo.learner.aggregate;

import dev.krpo.settings.Choice;

/** The service behind one value of {@code trainer.aggregation}. */
public interface AggregationFactory extends Choice<Aggregation> {}
