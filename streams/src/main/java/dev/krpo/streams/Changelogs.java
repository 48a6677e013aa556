package dev.krpo.streams;

import dev.krpo.runtime.topic.TopicRepair;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/** The changelog topics of the topology's stores, which Kafka Streams creates. */
public final class Changelogs {

    private Changelogs() {}

    /** What changelogs that an earlier build made lack; {@link TopicRepair#apply} repairs them. */
    public static TopicRepair repair(Admin admin, String applicationId) {
        try {
            List<String> names = admin.listTopics().names().get().stream()
                    .filter(name -> name.startsWith(applicationId + "-") && name.endsWith("-changelog"))
                    .toList();
            return TopicRepair.plan(admin, names, Set.of());
        } catch (ExecutionException e) {
            throw new KafkaException("the changelogs of " + applicationId + " cannot be listed", e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
