package dev.krpo.learner.normalize;

import dev.krpo.settings.Choice;

/** The service behind one value of {@code trainer.advantageNormalization}. */
public interface AdvantageNormalizationFactory extends Choice<AdvantageNormalization> {}
