package dev.krpo.runtime.cluster;

import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.topic.AdminAnswer;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits at start until a broker responds, so that the log names the address it is waiting for. */
public final class BrokerConnection {

    private static final Logger LOG = LoggerFactory.getLogger(BrokerConnection.class);
    private static final int ATTEMPT_MS = 3_000;

    private BrokerConnection() {}

    /**
     * @return an admin client of a cluster that has responded; the caller closes it
     * @throws BrokerUnavailableException after {@code broker.connectTimeoutMs}
     */
    public static Admin await(KafkaSettings settings) {
        Admin admin = Admin.create(settings.client(Map.of()));
        long start = System.nanoTime();
        try {
            while (true) {
                try {
                    admin.describeCluster(new DescribeClusterOptions().timeoutMs(ATTEMPT_MS))
                            .nodes()
                            .get();
                    return admin;
                } catch (ExecutionException e) {
                    long waitedMs = (System.nanoTime() - start) / 1_000_000;
                    if (!(e.getCause() instanceof RetriableException) || waitedMs >= settings.connectTimeoutMs()) {
                        throw new BrokerUnavailableException(
                                "no Kafka broker answers at " + settings.bootstrapServers() + " (tried for " + waitedMs
                                        + " ms): " + e.getCause().getMessage()
                                        + ". Start the broker, correct kafka.bootstrap.servers, or raise"
                                        + " broker.connectTimeoutMs",
                                e.getCause());
                    }
                    LOG.warn(
                            "no Kafka broker answers at {} yet; retrying for {} more seconds",
                            settings.bootstrapServers(),
                            (settings.connectTimeoutMs() - waitedMs) / 1000);
                } catch (InterruptedException e) {
                    throw new InterruptException(e);
                }
            }
        } catch (RuntimeException e) {
            admin.close(java.time.Duration.ZERO);
            throw e;
        }
    }

    /** The id of the cluster. */
    public static String clusterId(Admin admin) {
        return AdminAnswer.await(admin.describeCluster().clusterId(), "the id of the cluster cannot be read");
    }
}
