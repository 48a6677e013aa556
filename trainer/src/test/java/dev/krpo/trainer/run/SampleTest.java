package dev.krpo.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.serde.PrimitiveArrays;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class SampleTest {

    @Test
    void shouldCompareWithTheLogProbsOfTheWholeVocabulary() {
        AdvantageSample sample =
                SampleRulesTest.sample(1, rollout -> rollout.setSampling(new SamplingParameters(1.0, 0.75, 4, 0L))
                        .setBehaviourLogProbs(PrimitiveArrays.of(-2f, -0.5f))
                        .setNucleusLogMass(PrimitiveArrays.of(-0.25f, 0f)));

        assertThat(of(sample).sequence().behaviourLogProbs()).containsExactly(-2.25f, -0.5f);
    }

    /** Matches the release that recorded it: a replay must be bit-identical. */
    @Test
    void shouldLeaveASampleUnchangedWhenItsReleaseRecordedNoMass() {
        AdvantageSample sample =
                SampleRulesTest.sample(1, rollout -> rollout.setSampling(new SamplingParameters(1.0, 0.75, 4, 0L))
                        .setBehaviourLogProbs(PrimitiveArrays.of(-2f, -0.5f)));

        assertThat(of(sample).sequence().behaviourLogProbs()).containsExactly(-2f, -0.5f);
    }

    private static Sample of(AdvantageSample sample) {
        return Sample.of(new ConsumerRecord<>("krpo.advantages", 0, 0L, null, null), sample);
    }
}
