package dev.krpo.runtime.acl;

import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** The minimal ACLs of each role on a cluster with an authorizer. */
public final class RoleAcls {

    private static final String ANY_HOST = "*";

    private final TopicCatalogue topics;
    private final String principal;
    private final List<AclBinding> bindings = new ArrayList<>();

    private RoleAcls(TopicCatalogue topics, String principal) {
        this.topics = topics;
        this.principal = principal;
        // Every role checks at start that the topics exist and that those to be kept forever are.
        for (Topic topic : Topic.values()) {
            allow(ResourceType.TOPIC, topics.name(topic), PatternType.LITERAL, AclOperation.DESCRIBE);
            if (topic.keptForever()) {
                allow(ResourceType.TOPIC, topics.name(topic), PatternType.LITERAL, AclOperation.DESCRIBE_CONFIGS);
            }
        }
    }

    /** @param principal such as {@code User:worker} */
    public static List<AclBinding> worker(TopicCatalogue topics, String principal) {
        return new RoleAcls(topics, principal)
                .read(Topic.ROLLOUT_TASKS, Topic.PROMPTS, Topic.POLICY_VERSIONS)
                .write(Topic.ROLLOUTS, Topic.DEAD_LETTERS)
                .group(topics.shareGroup())
                .bindings;
    }

    /** @param applicationId of the topology; prefix of its changelog topics and transactional ids */
    public static List<AclBinding> streams(TopicCatalogue topics, String applicationId, String principal) {
        RoleAcls acls = new RoleAcls(topics, principal)
                .read(Topic.ROLLOUTS, Topic.POLICY_VERSIONS)
                .write(Topic.ADVANTAGES, Topic.BASELINES, Topic.DEAD_LETTERS)
                .group(applicationId);
        acls.allow(
                ResourceType.TOPIC,
                applicationId + "-",
                PatternType.PREFIXED,
                AclOperation.CREATE,
                AclOperation.DESCRIBE,
                AclOperation.DESCRIBE_CONFIGS,
                AclOperation.READ,
                AclOperation.WRITE);
        acls.allow(
                ResourceType.TRANSACTIONAL_ID,
                applicationId + "-",
                PatternType.PREFIXED,
                AclOperation.DESCRIBE,
                AclOperation.WRITE);
        return acls.bindings;
    }

    /** @param curriculum true if prompts are selected by their beliefs in {@code baselines} */
    public static List<AclBinding> trainer(
            TopicCatalogue topics, String policyName, boolean curriculum, String principal) {
        String id = topics.trainerId(policyName);
        RoleAcls acls = new RoleAcls(topics, principal)
                .read(
                        Topic.PROMPTS,
                        Topic.ROLLOUT_TASKS,
                        Topic.ADVANTAGES,
                        Topic.POLICY_VERSIONS,
                        Topic.TRAINING_STEPS,
                        Topic.DEAD_LETTERS)
                .write(Topic.ROLLOUT_TASKS, Topic.POLICY_VERSIONS, Topic.TRAINING_STEPS, Topic.DEAD_LETTERS)
                .group(id)
                .group(topics.trainerLease(policyName));
        acls.allow(ResourceType.TRANSACTIONAL_ID, id, PatternType.LITERAL, AclOperation.DESCRIBE, AclOperation.WRITE);
        return curriculum ? acls.read(Topic.BASELINES).bindings : acls.bindings;
    }

    /** For {@code krpo prompts load}. */
    public static List<AclBinding> promptLoader(TopicCatalogue topics, String principal) {
        return new RoleAcls(topics, principal).write(Topic.PROMPTS).bindings;
    }

    private RoleAcls read(Topic... all) {
        Arrays.stream(all)
                .forEach(
                        topic -> allow(ResourceType.TOPIC, topics.name(topic), PatternType.LITERAL, AclOperation.READ));
        return this;
    }

    private RoleAcls write(Topic... all) {
        Arrays.stream(all)
                .forEach(topic ->
                        allow(ResourceType.TOPIC, topics.name(topic), PatternType.LITERAL, AclOperation.WRITE));
        return this;
    }

    private RoleAcls group(String name) {
        allow(ResourceType.GROUP, name, PatternType.LITERAL, AclOperation.READ);
        return this;
    }

    private void allow(ResourceType type, String name, PatternType pattern, AclOperation... operations) {
        for (AclOperation operation : operations) {
            bindings.add(new AclBinding(
                    new ResourcePattern(type, name, pattern),
                    new AccessControlEntry(principal, ANY_HOST, operation, AclPermissionType.ALLOW)));
        }
    }
}
