package dev.krpo.cli.inspect;

import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/** Whether anybody is in a group at the moment. */
final class Members {

    private final Admin admin;

    Members(Admin admin) {
        this.admin = admin;
    }

    boolean inConsumerGroup(String group) throws InterruptedException {
        return any(admin.describeConsumerGroups(List.of(group))
                .describedGroups()
                .get(group)
                .thenApply(description -> !description.members().isEmpty()));
    }

    boolean inShareGroup(String group) throws InterruptedException {
        return any(admin.describeShareGroups(List.of(group))
                .describedGroups()
                .get(group)
                .thenApply(description -> !description.members().isEmpty()));
    }

    private static boolean any(KafkaFuture<Boolean> members) throws InterruptedException {
        try {
            return members.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return false;
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : new KafkaException(e.getCause());
        }
    }
}
