package dev.krpo.runtime.settings;

import static dev.krpo.runtime.settings.KafkaSettings.OUTAGE_TIMEOUT_MS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KafkaSettingsTest {

    private static final List<String> WAITS = List.of("default.api.timeout.ms", "max.block.ms", "delivery.timeout.ms");

    private static Config outage(long ms) {
        return Config.defaults().with(OUTAGE_TIMEOUT_MS, ms);
    }

    @Test
    void shouldLetClientsWaitLongerThanTheRoleSoThatTheRoleReportsWhy() {
        for (long outageMs : new long[] {1_000, 600_000, 86_400_000}) {
            KafkaSettings settings = new KafkaSettings(outage(outageMs));

            assertThat(settings.outageTimeout()).isEqualTo(Duration.ofMillis(outageMs));
            assertThat(settings.clientTimeout()).isGreaterThan(settings.outageTimeout());
            assertThat(settings.client(Map.of()))
                    .extractingByKeys(WAITS.toArray(String[]::new))
                    .allSatisfy(wait -> assertThat(((Number) wait).longValue()).isGreaterThan(outageMs));
        }
    }

    @Test
    void shouldKeepATransactionOpenAsLongAsBrokersAllow() {
        assertThat(new KafkaSettings(outage(600_000)).transactionTimeoutMs()).isGreaterThan(600_000);
        assertThat(new KafkaSettings(outage(86_400_000)).transactionTimeoutMs()).isEqualTo(900_000);
    }

    @Test
    void shouldKeepTimeoutsSetByTheUser() {
        KafkaSettings settings = new KafkaSettings(Config.of(Map.of("kafka.delivery.timeout.ms", "45000")));

        assertThat(settings.client(Map.of())).containsEntry("delivery.timeout.ms", "45000");
    }

    @Test
    void shouldRejectAnOutageTimeoutBeyondTheLimitOfTheClients() {
        assertThatThrownBy(() -> new KafkaSettings(Config.of(Map.of(OUTAGE_TIMEOUT_MS.key(), "86400001"))))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("broker.outageTimeoutMs");
    }
}
