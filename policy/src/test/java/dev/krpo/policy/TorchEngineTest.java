package dev.krpo.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import org.junit.jupiter.api.Test;

class TorchEngineTest {

    @Test
    void shouldUseTheCpuWhenConfigured() {
        assertThat(TorchEngine.device("cpu")).isEqualTo(Device.cpu());
        assertThat(TorchEngine.device("auto")).isIn(Device.cpu(), Device.gpu());
    }

    @Test
    void shouldNameTheSettingThatIsWrong() {
        assertThatThrownBy(() -> TorchEngine.device("tpu")).hasMessageContaining("policy.device is \"tpu\"");
        assertThatThrownBy(() -> TorchEngine.configure(0)).hasMessageContaining("policy.threads is 0");
    }
}
