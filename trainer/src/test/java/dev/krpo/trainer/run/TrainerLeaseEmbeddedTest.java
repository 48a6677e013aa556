package dev.krpo.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.runtime.cluster.BrokerUnavailableException;
import dev.krpo.runtime.cluster.BrokerWatch;
import dev.krpo.trainer.settings.TrainerSettings;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The lease when its broker becomes unreachable. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class TrainerLeaseEmbeddedTest {

    @TempDir
    private Path directory;

    @Test
    void shouldReportThatNoBrokerAnswersAndNotThatAnotherTrainerRuns() {
        Logger krpo = (Logger) LoggerFactory.getLogger("dev.krpo");
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        krpo.addAppender(logged);
        EmbeddedBroker broker = EmbeddedBroker.startEphemeral();
        String address = broker.bootstrapServers();
        try (TrainerRun log = new TrainerRun(address, "lease", directory)) {
            // Longer than a trainer waits for another trainer's lease.
            TrainerSettings settings = new TrainerSettings(log.config("broker.outageTimeoutMs", "24000"));
            try (BrokerWatch watch = BrokerWatch.start(settings.kafka(), "trainer", outage -> {})) {
                broker.close();

                assertThatThrownBy(() -> TrainerLease.acquire(settings, watch, failure -> {}))
                        .isInstanceOf(BrokerUnavailableException.class)
                        .hasMessageContaining("no Kafka broker has answered at " + address + " for 2")
                        .hasMessageContaining("raise broker.outageTimeoutMs (24000)");
            }
        } finally {
            krpo.detachAppender(logged);
        }
        assertThat(logged.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .anySatisfy(line -> assertThat(line)
                        .contains("trainer: no Kafka broker has answered at " + address + " for ")
                        .contains("this role stops in ")
                        .contains("(broker.outageTimeoutMs)"))
                .noneSatisfy(line -> assertThat(line).contains("another trainer"));
    }
}
