package dev.krpo.cli.inspect;

import dev.krpo.runtime.topic.AdminAnswer;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/** Checks whether a group has active members. */
final class Members {

    private final Admin admin;

    Members(Admin admin) {
        this.admin = admin;
    }

    boolean inConsumerGroup(String group) {
        return any(admin.describeConsumerGroups(List.of(group))
                .describedGroups()
                .get(group)
                .thenApply(description -> !description.members().isEmpty()));
    }

    boolean inShareGroup(String group) {
        return any(admin.describeShareGroups(List.of(group))
                .describedGroups()
                .get(group)
                .thenApply(description -> !description.members().isEmpty()));
    }

    private static boolean any(KafkaFuture<Boolean> members) {
        try {
            return AdminAnswer.await(members);
        } catch (GroupIdNotFoundException e) {
            return false;
        }
    }
}
