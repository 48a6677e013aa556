package dev.krpo.runtime.role;

import dev.krpo.runtime.cluster.BrokerUnavailableException;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Optional;

/** A component that runs until it is closed or fails: the topology, a rollout worker or the trainer. */
public interface Role extends AutoCloseable {

    /**
     * Waits for the broker, checks the topics and starts the threads.
     *
     * @throws BrokerUnavailableException if no broker responds in time
     * @throws dev.krpo.runtime.topic.TopicsNotReadyException if a topic is missing or has the wrong partition count
     */
    void start();

    /** Returns once the role has stopped, by itself, on a failure or through {@link #close()}. */
    void awaitTermination() throws InterruptedException;

    /** The failure that stopped the role, if any. */
    Optional<Throwable> failure();

    /** Counters and gauges of the work since the start, for any number of registries; docs/reference/metrics.md. */
    MeterBinder meters();

    /** One-line, human-readable summary of the work since the last call; empty if there was none. */
    Optional<String> progress();

    /** Drains in-flight work and stops within seconds. */
    @Override
    void close();
}
