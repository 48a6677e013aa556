package dev.krpo.trainer;

import dev.krpo.schemas.AdvantageSample;

/**
 * A record of {@code advantages} on its way to the learner.
 *
 * @param sample null when the record cannot be trained on; its offset still moves on
 */
record Sample(int partition, long offset, AdvantageSample sample) {}
