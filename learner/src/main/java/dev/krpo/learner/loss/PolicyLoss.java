package dev.krpo.learner.loss;

/** Weighting of tokens drawn by a policy other than the one being trained. Immutable. */
public interface PolicyLoss {

    /** The loss of each token, and the tokens that a limit of the loss bounds. */
    TokenLosses apply(LossInput input);
}
