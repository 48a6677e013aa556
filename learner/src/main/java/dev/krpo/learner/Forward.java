package dev.krpo.learner;

/** How a step computes the predictions of its batch. The two agree up to rounding. */
public enum Forward {
    /** One scripted function per layer, and logits only where a completion token is predicted. */
    FUSED,
    /** Layer by layer from single operations, with logits at all positions: the only one before it was a setting. */
    UNFUSED
}
