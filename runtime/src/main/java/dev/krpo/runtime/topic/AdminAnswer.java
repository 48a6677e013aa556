package dev.krpo.runtime.topic;

import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InterruptException;

/** Waits for the result of an admin request and throws the error if the brokers reject it. */
public final class AdminAnswer {

    private AdminAnswer() {}

    public static <T> T await(KafkaFuture<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    /** @throws KafkaException with {@code failed} as its message and the brokers' error as its cause */
    public static <T> T await(KafkaFuture<T> future, String failed) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new KafkaException(failed, e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
