package dev.krpo.streams;

import dev.krpo.runtime.topic.AdminAnswer;
import dev.krpo.runtime.topic.TopicRepair;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;

/** The changelog topics of the topology's stores, which Kafka Streams creates. */
public final class Changelogs {

    private Changelogs() {}

    /** Missing settings of changelogs created by an earlier build; {@link TopicRepair#apply} repairs them. */
    public static TopicRepair repair(Admin admin, String applicationId) {
        String failed = "the changelogs of " + applicationId + " cannot be listed";
        List<String> names = AdminAnswer.await(admin.listTopics().names(), failed).stream()
                .filter(name -> name.startsWith(applicationId + "-") && name.endsWith("-changelog"))
                .toList();
        return TopicRepair.plan(admin, names, Set.of());
    }
}
