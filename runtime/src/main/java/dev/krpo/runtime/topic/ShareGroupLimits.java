package dev.krpo.runtime.topic;

import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.settings.Setting;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The brokers' limits for share groups. If this user is not authorized to see them, Kafka's defaults apply.
 *
 * @param config of a broker; empty if not authorized to see it
 */
record ShareGroupLimits(Config config) {

    private static final Logger LOG = LoggerFactory.getLogger(ShareGroupLimits.class);
    private static final String MIN_LOCK_MS = "group.share.min.record.lock.duration.ms";
    private static final String MAX_LOCK_MS = "group.share.max.record.lock.duration.ms";
    private static final String MIN_DELIVERIES = "group.share.min.delivery.count.limit";
    private static final String MAX_DELIVERIES = "group.share.max.delivery.count.limit";
    private static final int DEFAULT_MIN_LOCK_MS = 15_000;
    private static final int DEFAULT_MAX_LOCK_MS = 60_000;
    private static final int DEFAULT_MIN_DELIVERIES = 2;
    private static final int DEFAULT_MAX_DELIVERIES = 10;

    static ShareGroupLimits of(Admin admin) {
        Collection<Node> brokers = AdminAnswer.await(admin.describeCluster().nodes());
        ConfigResource broker = new ConfigResource(
                ConfigResource.Type.BROKER, brokers.iterator().next().idString());
        try {
            return new ShareGroupLimits(
                    AdminAnswer.await(admin.describeConfigs(List.of(broker)).all())
                            .get(broker));
        } catch (ClusterAuthorizationException e) {
            LOG.info("this user is not authorized to see the brokers' settings; assuming Kafka's default limits", e);
            return new ShareGroupLimits(new Config(List.of()));
        }
    }

    /** @throws InvalidSettingException naming the setting, its value and the brokers' limits */
    void check(dev.krpo.settings.Config given) {
        check(
                given,
                TopicSettings.TASK_LOCK_MS,
                MIN_LOCK_MS,
                limit(MIN_LOCK_MS, DEFAULT_MIN_LOCK_MS),
                MAX_LOCK_MS,
                limit(MAX_LOCK_MS, DEFAULT_MAX_LOCK_MS));
        check(
                given,
                TopicSettings.TASK_DELIVERIES,
                MIN_DELIVERIES,
                limit(MIN_DELIVERIES, DEFAULT_MIN_DELIVERIES),
                MAX_DELIVERIES,
                limit(MAX_DELIVERIES, DEFAULT_MAX_DELIVERIES));
    }

    private static void check(
            dev.krpo.settings.Config given,
            Setting<Integer> setting,
            String minName,
            int min,
            String maxName,
            int max) {
        int value = given.get(setting);
        if (value < min || value > max) {
            throw new InvalidSettingException(
                    given,
                    setting,
                    "the brokers allow " + min + " (" + minName + ") to " + max + " (" + maxName
                            + "); use a value in this range, or change the limits on the brokers");
        }
    }

    private int limit(String name, int otherwise) {
        ConfigEntry entry = config.get(name);
        return entry == null || entry.value() == null ? otherwise : Integer.parseInt(entry.value());
    }
}
