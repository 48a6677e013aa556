package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.cli.HostileRecords.Kind;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HostileRecordsTest {

    private static final RecordSerde<Rollout> SERDE = RecordSerde.of(Rollout.class);

    @Test
    void shouldWriteAValidRolloutWhenNothingIsWrong() {
        Rollout rollout = SERDE.decode(HostileRecords.good("one"));

        assertThat(rollout.getRolloutId()).isEqualTo("one");
        assertThat(rollout.getCompletionTokens()).containsExactly(6, 2);
        assertThat(rollout.getBehaviourLogProbs()).containsExactly(-0.7f, -0.1f);
        assertThat(rollout.getReward()).isEqualTo(1);
        assertThat(rollout.getFinishedAtMs()).isEqualTo(2);
        assertThat(rollout.getNucleusLogMass()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(from = "EMPTY", to = "LATIN_1")
    void shouldBeRejectedByTheDecoderForTheReasonOfItsKind(Kind kind) {
        byte[] value = new HostileRecords(1, 2).make(kind).value();

        assertThatThrownBy(() -> SERDE.decode(value))
                .asInstanceOf(InstanceOfAssertFactories.throwable(UndecodableRecordException.class))
                .extracting(UndecodableRecordException::reason)
                .isEqualTo(kind.reason());
    }

    @ParameterizedTest
    @EnumSource(from = "NO_KEY", to = "LONGER_THAN_THE_MODEL")
    void shouldBeARolloutWhoseFieldsAreWrong(Kind kind) {
        byte[] value = new HostileRecords(1, 2).make(kind).value();

        assertThat(SERDE.decode(value).getDataset()).isEqualTo("arithmetic");
    }

    @ParameterizedTest
    @EnumSource(from = "ADVANTAGE_IS_HUGE", to = "ADVANTAGE_IS_NOT_A_NUMBER")
    void shouldBeASampleWhoseAdvantageIsWrong(Kind kind) {
        byte[] value = new HostileRecords(1, 2).make(kind).value();

        assertThat(RecordSerde.of(AdvantageSample.class).decode(value).getEstimator())
                .isEqualTo("krpo");
    }

    @ParameterizedTest
    @EnumSource(from = "TASK_FOR_NO_PROMPT")
    void shouldBeATaskThatCannotBeDone(Kind kind) {
        byte[] value = new HostileRecords(1, 2).make(kind).value();

        assertThat(RecordSerde.of(RolloutTask.class).decode(value).getSampling().getMaxNewTokens())
                .isEqualTo(6);
    }
}
