package dev.krpo.streams.processor;

import dev.krpo.schemas.serde.EncodedRollout;

/** A rollout rejected before it reached its group, which must not wait for it. */
record RejectedMember(EncodedRollout rollout) {}
