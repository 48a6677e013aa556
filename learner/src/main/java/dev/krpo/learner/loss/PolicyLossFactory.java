package dev.krpo.learner.loss;

import dev.krpo.settings.Choice;

/** The service behind one value of {@code trainer.policyLoss}. */
public interface PolicyLossFactory extends Choice<PolicyLoss> {}
