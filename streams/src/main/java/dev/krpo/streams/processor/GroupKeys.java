package dev.krpo.streams.processor;

import dev.krpo.schemas.serde.EncodedRollout;
import dev.krpo.streams.store.PromptKey;

/** Keys of the stores in which groups wait for their members. */
final class GroupKeys {

    private GroupKeys() {}

    /**
     * The key consists of the group's name alone, so that members of another prompt or policy are detected. The length
     * prefix ensures that no key is a prefix of another.
     */
    static String groupKey(String groupId) {
        return "g" + PromptKey.withLength(groupId) + "#";
    }

    /** The key used by earlier builds; begins with a digit. */
    static String formerKey(EncodedRollout rollout) {
        return PromptKey.withLength(rollout.promptId()) + PromptKey.withLength(rollout.groupId()) + "#";
    }

    static String memberKey(String id, int index) {
        return id + index;
    }
}
