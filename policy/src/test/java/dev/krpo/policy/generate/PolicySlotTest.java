package dev.krpo.policy.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.policy.Policy;
import dev.krpo.policy.TinyPolicies;
import org.junit.jupiter.api.Test;

class PolicySlotTest {

    @Test
    void shouldReturnTheNewestVersionAndOnlyThenCloseThePreviousOne() {
        Policy first = TinyPolicies.random(1);
        Policy second = TinyPolicies.random(2);
        try (PolicySlot slot = new PolicySlot()) {
            assertThatThrownBy(slot::current).hasMessageContaining("No policy version has been offered yet");
            slot.offer(1, first);
            assertThat(slot.current()).isEqualTo(new VersionedPolicy(1, first));

            slot.offer(2, second);

            assertThat(first.manager().isOpen()).isTrue();
            assertThat(slot.current()).isEqualTo(new VersionedPolicy(2, second));
            assertThat(first.manager().isOpen()).isFalse();
            assertThat(second.manager().isOpen()).isTrue();
        }
        assertThat(second.manager().isOpen()).isFalse();
    }

    @Test
    void shouldCloseASupersededOfferAndAnOutdatedOne() {
        Policy overtaken = TinyPolicies.random(1);
        Policy newest = TinyPolicies.random(2);
        Policy late = TinyPolicies.random(3);
        try (PolicySlot slot = new PolicySlot()) {
            slot.offer(1, overtaken);
            slot.offer(3, newest);
            slot.offer(2, late);

            assertThat(overtaken.manager().isOpen()).isFalse();
            assertThat(late.manager().isOpen()).isFalse();
            assertThat(slot.current().version()).isEqualTo(3);
        }
    }
}
