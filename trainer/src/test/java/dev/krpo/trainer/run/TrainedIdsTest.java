package dev.krpo.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TrainedIdsTest {

    @Test
    void shouldRememberTheNewestIdsOnly() {
        TrainedIds ids = new TrainedIds(2);
        ids.add("a");
        ids.add("b");
        ids.add("c");

        assertThat(ids.contains("a")).isFalse();
        assertThat(ids.contains("b")).isTrue();
        assertThat(ids.contains("c")).isTrue();
    }

    @Test
    void shouldForgetAnIdThatWasNotTrainedAfterAll() {
        TrainedIds ids = new TrainedIds(2);
        ids.add("a");
        ids.add("b");
        ids.forget("b");
        ids.add("c");

        assertThat(ids.contains("a")).isTrue();
        assertThat(ids.contains("b")).isFalse();
    }

    @Test
    void shouldRememberNothingWhenTheSettingIsZero() {
        TrainedIds ids = new TrainedIds(0);
        ids.add("a");

        assertThat(ids.contains("a")).isFalse();
    }
}
