package dev.krpo.trainer.schedule;

import dev.krpo.settings.Choice;

/** The service behind one value of {@code scheduler.curriculum}; makes sources without prompts. */
public interface PromptSourceFactory extends Choice<PromptSource> {

    /** True if its sources choose by the beliefs of a persistent estimator, which the trainer then reads. */
    default boolean usesBeliefs() {
        return false;
    }
}
