package dev.krpo.streams.processor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.streams.Rollouts;
import dev.krpo.streams.TopologyHarness;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A group does not wait for a rejected member, and the scheduler does not wait for its sample. */
class RejectedMemberTest {

    private static final float[] BROKEN = {-1, Float.NaN, -1};

    @TempDir
    Path stateDir;

    private TopologyHarness topology;

    @BeforeEach
    void start() {
        topology = new TopologyHarness(stateDir, Map.of("estimator.name", "mapo"));
    }

    @AfterEach
    void stop() {
        topology.close();
    }

    @Test
    void shouldCloseImmediatelyWhenTheRestHasArrivedWhateverTheRejection() {
        List<UnaryOperator<Rollout.Builder>> breakages = List.of(
                member -> member.setBehaviourLogProbs(PrimitiveArrays.of(BROKEN)),
                member -> member.setReward(Double.NaN),
                member -> member.setReward(2),
                member -> member.setVersionRuns(List.of(new TokenRun(8L, 3))));
        topology.announced.put("default", 7L);
        for (int i = 0; i < breakages.size(); i++) {
            for (int place = 0; place < 3; place++) {
                String group = "g" + i + place;
                for (int index = 0; index < 3; index++) {
                    Rollout.Builder member = Rollouts.member("p1", group, 3, index, index % 2);
                    topology.pipe((index == place ? breakages.get(i).apply(member) : member).build());
                }
                assertThat(topology.advantages()).as(group).hasSize(2);
                assertThat(topology.deadLetters()).as(group).hasSize(1);
            }
        }
        assertThatNothingWaits();
    }

    @Test
    void shouldCountAMemberThatIsRejectedTwiceOnce() {
        topology.pipe(broken(0));
        topology.pipe(broken(0));
        topology.pipe(member(1, 1));
        assertThat(topology.advantages()).isEmpty();

        topology.pipe(member(2, 0));

        assertThat(topology.advantages()).hasSize(2);
    }

    @Test
    void shouldNotCountAMemberThatHasArrived() {
        topology.pipe(member(0, 1));
        topology.pipe(broken(0));
        topology.pipe(member(1, 0));
        assertThat(topology.advantages()).isEmpty();

        topology.pipe(member(2, 0));

        assertThat(topology.advantages()).hasSize(3);
    }

    @Test
    void shouldAcceptTheMemberOnceItIsFixed() {
        topology.pipe(broken(0));
        topology.pipe(member(1, 1));
        topology.pipe(member(0, 1));
        assertThat(topology.advantages()).isEmpty();

        topology.pipe(member(2, 0));

        assertThat(topology.advantages()).extracting(AdvantageSample::getOrder).containsExactly(0, 1, 2);
    }

    @Test
    void shouldRejectTheRestByNameWhenItIsTooSmall() {
        topology.pipe(broken(0));
        topology.pipe(member(1, 1));
        topology.pipe(broken(2));

        assertThat(topology.deadLetters())
                .extracting(letter -> letter.value().getReason())
                .containsExactly("log-prob-not-finite", "log-prob-not-finite", "too-few-members");
        assertThatNothingWaits();

        for (int index = 0; index < 3; index++) {
            topology.pipe(member(index, index % 2));
        }
        assertThat(topology.advantages()).as("redriven after the fix").hasSize(3);
    }

    @Test
    void shouldForgetAGroupWithoutRemainingMembers() {
        for (int index = 0; index < 3; index++) {
            topology.pipe(broken(index));
        }

        assertThat(topology.deadLetters()).hasSize(3);
        assertThatNothingWaits();
    }

    @Test
    void shouldNotLetARejectedRolloutClaimTheGroupOfAnotherPolicy() {
        topology.pipe(Rollouts.member("p1", "g", 3, 1, 2).setPolicyName("other").build());
        topology.pipe(Rollouts.member("p1", "g", 5, 4, 2).build());
        assertThat(topology.deadLetters()).hasSize(2);

        for (int index = 0; index < 3; index++) {
            topology.pipe(member(index, index % 2));
        }

        assertThat(topology.advantages()).hasSize(3);
        assertThat(topology.deadLetters()).isEmpty();
        assertThatNothingWaits();
    }

    @Test
    void shouldNotLetAnotherPolicyReduceTheCount() {
        topology.pipe(member(0, 1));
        topology.pipe(Rollouts.member("p1", "g", 3, 1, 2).setPolicyName("other").build());
        topology.pipe(member(2, 0));
        assertThat(topology.advantages()).isEmpty();

        topology.pipe(member(1, 0));

        assertThat(topology.advantages()).hasSize(3);
    }

    @Test
    void shouldNameTheTaskAndItsMissingSampleInEachLetterOfADecodedRollout() {
        topology.pipe(broken(0));
        topology.pipe(member(1, 1));
        topology.pipe(broken(2));
        topology.pipe(TopologyHarness.key("p1"), new byte[] {1, 2, 3});

        List<DeadLetter> letters =
                topology.deadLetters().stream().map(TestRecord::value).toList();
        assertThat(letters).extracting(DeadLetter::getTaskId).containsExactly("g", "g", "g", "");
        assertThat(letters).extracting(DeadLetter::getSamples).containsExactly(1, 1, 1, 0);
    }

    private static Rollout member(int index, double reward) {
        return Rollouts.member("p1", "g", 3, index, reward).build();
    }

    private static Rollout broken(int index) {
        return Rollouts.member("p1", "g", 3, index, 1)
                .setBehaviourLogProbs(PrimitiveArrays.of(BROKEN))
                .build();
    }

    private void assertThatNothingWaits() {
        for (String store : List.of(TopologyNames.OPEN_GROUPS, TopologyNames.GROUP_MEMBERS)) {
            try (KeyValueIterator<String, Object> entries =
                    topology.store(store).all()) {
                assertThat(entries).as(store).isExhausted();
            }
        }
    }
}
