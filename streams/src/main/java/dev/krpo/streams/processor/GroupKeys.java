package dev.krpo.streams.processor;

import dev.krpo.schemas.serde.EncodedRollout;
import dev.krpo.streams.store.PromptKey;

/** Keys of the stores in which groups wait for their members. */
final class GroupKeys {

    private GroupKeys() {}

    /**
     * Under the group's name alone, so that members that belong elsewhere are found out. With its length no key begins
     * another.
     */
    static String groupKey(String groupId) {
        return "g" + PromptKey.withLength(groupId) + "#";
    }

    /** The key of earlier builds; begins with a digit. */
    static String formerKey(EncodedRollout rollout) {
        return PromptKey.withLength(rollout.promptId()) + PromptKey.withLength(rollout.groupId()) + "#";
    }

    static String memberKey(String id, int index) {
        return id + index;
    }
}
