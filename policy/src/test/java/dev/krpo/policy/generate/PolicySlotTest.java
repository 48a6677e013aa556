package dev.krpo.policy.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.policy.Policy;
import dev.krpo.policy.TinyPolicies;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PolicySlotTest {

    @Test
    void shouldReturnTheNewestVersionAndOnlyThenCloseThePreviousOne() {
        Policy first = TinyPolicies.random(1);
        Policy second = TinyPolicies.random(2);
        try (PolicySlot slot = new PolicySlot()) {
            assertThat(slot.isEmpty()).isTrue();
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

    @Test
    void shouldWaitForTheFirstVersion() throws Exception {
        try (PolicySlot slot = new PolicySlot()) {
            assertThat(slot.await(1)).isFalse();
            CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> {
                try {
                    return slot.await(60_000);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });

            slot.offer(1, TinyPolicies.random(1));

            assertThat(waiting.get(10, TimeUnit.SECONDS)).isTrue();
        }
    }
}
