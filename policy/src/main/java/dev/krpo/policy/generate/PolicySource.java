package dev.krpo.policy.generate;

/** Gives the weights to use for the next decode step; called by the generating thread only. */
@FunctionalInterface
public interface PolicySource {

    VersionedPolicy current();
}
