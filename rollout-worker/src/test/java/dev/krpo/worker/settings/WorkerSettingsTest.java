package dev.krpo.worker.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkerSettingsTest {

    @Test
    void shouldGenerateTwoHundredAndFiftySixRowsAtGroupSizeOneByDefault() {
        WorkerSettings settings = new WorkerSettings(Config.defaults());

        assertThat(settings.get(WorkerSettings.BATCH_TASKS)).isEqualTo(256);
        assertThat(settings.get(WorkerSettings.MAX_BATCH_ROWS)).isEqualTo(256);
        assertThat(settings.reward().name()).isEqualTo("exact-match");
        assertThat(settings.poll()).hasMillis(500);
        assertThat(settings.overlong()).isEmpty();
    }

    @Test
    void shouldNameItselfAfterHostAndProcessUnlessNamed() {
        assertThat(new WorkerSettings(Config.defaults()).id())
                .contains("-" + ProcessHandle.current().pid() + "-");
        assertThat(new WorkerSettings(Config.of(Map.of("worker.id", "gpu-7"))).id())
                .isEqualTo("gpu-7");
    }

    @ParameterizedTest
    @CsvSource({
        "worker.batchTasks,0",
        "worker.maxBatchRows,0",
        "worker.pollMs,0",
        "worker.pollMs,x",
        "worker.overlongTokens,-1",
        "worker.rewardThreads,0",
        "worker.rewardTimeoutMs,0",
        "worker.reward,best"
    })
    void shouldNameTheInvalidSettingAndItsValue(String key, String value) {
        assertThatThrownBy(() -> new WorkerSettings(Config.of(Map.of(key, value))))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining(key)
                .hasMessageContaining(value);
    }

    @Test
    void shouldListTheAvailableRewardsWhenTheChosenOneIsUnknown() {
        assertThatThrownBy(() -> new WorkerSettings(Config.of(Map.of("worker.reward", "best"))))
                .hasMessageContaining("exact-match = 1 for the answer alone, else 0; answer-tag = ");
    }
}
