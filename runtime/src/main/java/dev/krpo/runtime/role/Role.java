package dev.krpo.runtime.role;

import dev.krpo.runtime.cluster.BrokerUnavailableException;
import java.util.Optional;

/** A part of the system that runs until it is closed or fails: the topology, a rollout worker, the trainer. */
public interface Role extends AutoCloseable {

    /**
     * Waits for the broker, checks the topics and starts the threads.
     *
     * @throws BrokerUnavailableException if no broker answers in time
     * @throws dev.krpo.runtime.topic.TopicsNotReadyException if a topic is missing or has another partition count
     */
    void start();

    /** Returns when the role has stopped, by itself, by a failure or by {@link #close()}. */
    void awaitTermination() throws InterruptedException;

    /** What stopped it, if a failure did. */
    Optional<Throwable> failure();

    /** What was done since the last call, in a line for people; empty if nothing was. */
    Optional<String> progress();

    /** Finishes what is in hand and stops within seconds. */
    @Override
    void close();
}
