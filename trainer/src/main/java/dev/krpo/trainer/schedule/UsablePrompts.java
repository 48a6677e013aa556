package dev.krpo.trainer.schedule;

import dev.krpo.runtime.cluster.KafkaTable;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.trainer.deadletter.DeadLetterWriter;
import dev.krpo.trainer.settings.TrainerSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The prompts of {@code prompts} except those that workers found unusable: empty, too long, or with text that has no
 * token. Such a prompt is used again once a new record of it arrives. Not thread-safe, except for {@link #unusable}.
 */
final class UsablePrompts implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(UsablePrompts.class);

    private final UnreadablePrompts unreadable;
    private final KafkaTable<Prompt> prompts;
    private final Map<String, Prompt> asked = new HashMap<>();
    private final Map<String, Prompt> leftOut = new HashMap<>();
    private final ConcurrentLinkedQueue<Finding> findings = new ConcurrentLinkedQueue<>();

    private record Finding(String promptId, String detail) {}

    /** @param deadLetters for prompts that cannot be read; the caller closes it */
    UsablePrompts(TrainerSettings settings, DeadLetterWriter deadLetters) {
        unreadable = new UnreadablePrompts(settings, deadLetters);
        prompts = new KafkaTable<>(
                settings.kafka(), settings.catalogue().name(Topic.PROMPTS), RecordSerde.of(Prompt.class), unreadable);
    }

    /** Reads the topic to its current end. */
    void catchUp() {
        prompts.catchUp();
        unreadable.flush();
        leftOut.entrySet().removeIf(entry -> {
            boolean corrected = prompts.get(entry.getKey())
                    .map(now -> !now.equals(entry.getValue()))
                    .orElse(true);
            if (corrected) {
                LOG.info("prompt '{}' has changed and is used again", entry.getKey());
            }
            return corrected;
        });
    }

    boolean isEmpty() {
        return prompts.entries().size() == leftOut.size();
    }

    Set<String> ids() {
        return prompts.entries().keySet().stream()
                .filter(id -> !leftOut.containsKey(id))
                .collect(Collectors.toSet());
    }

    /** Also returns an excluded prompt. */
    Optional<Prompt> get(String promptId) {
        return prompts.get(promptId);
    }

    /** To be called for each task, so that a finding is compared with the text that it refers to. */
    void asked(String promptId) {
        prompts.get(promptId).ifPresent(prompt -> asked.put(promptId, prompt));
    }

    /** A worker cannot use the prompt. Thread-safe. */
    void unusable(String promptId, String detail) {
        findings.add(new Finding(promptId, detail));
    }

    /** Excludes the prompts found unusable since the last call, and passes each to {@code exclude}. */
    void leaveOutUnusable(Consumer<String> exclude) {
        for (Finding finding = findings.poll(); finding != null; finding = findings.poll()) {
            String id = finding.promptId();
            Prompt found = asked.get(id);
            boolean current =
                    found != null && prompts.get(id).map(found::equals).orElse(false);
            if (current && leftOut.put(id, found) == null) {
                exclude.accept(id);
                LOG.warn(
                        "prompt '{}' is excluded until it is corrected and reloaded, {} of {} prompts now: {}",
                        id,
                        leftOut.size(),
                        prompts.entries().size(),
                        finding.detail());
            }
        }
    }

    @Override
    public void close() {
        prompts.close();
    }
}
