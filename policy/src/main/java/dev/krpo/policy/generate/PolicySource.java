package dev.krpo.policy.generate;

/** Supplies the weights for the next decode step; called by the generating thread only. */
@FunctionalInterface
public interface PolicySource {

    VersionedPolicy current();
}
