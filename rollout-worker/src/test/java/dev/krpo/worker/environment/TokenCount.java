package dev.krpo.worker.environment;

import dev.krpo.policy.generate.Completion;
import dev.krpo.schemas.Prompt;
import dev.krpo.settings.Config;
import dev.krpo.worker.reward.Score;

/** Scores a completion with its number of tokens, without a reward. */
public final class TokenCount implements Environment {

    private static final String NAME = "token-count";

    @Override
    public String scoredBy() {
        return NAME;
    }

    @Override
    public Episode start(String id, Prompt prompt) {
        return new Counting();
    }

    @Override
    public void close() {}

    private static final class Counting implements Episode {

        private int tokens;

        @Override
        public void act(Completion completion, String text) {
            tokens = completion.tokens().length;
        }

        @Override
        public Score score(Runnable pulse) {
            return Score.of(NAME, tokens);
        }

        @Override
        public Score shaped(Score score, int maxNewTokens) {
            return score.plus("room", -maxNewTokens);
        }

        @Override
        public void abandon() {}
    }

    public static final class Factory implements EnvironmentFactory {

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "";
        }

        @Override
        public Environment create(Config config) {
            return new TokenCount();
        }
    }
}
