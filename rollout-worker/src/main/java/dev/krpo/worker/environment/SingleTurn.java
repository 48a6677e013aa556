package dev.krpo.worker.environment;

import dev.krpo.schemas.Prompt;
import dev.krpo.settings.Config;
import dev.krpo.worker.reward.Overlong;
import dev.krpo.worker.reward.Reward;
import dev.krpo.worker.settings.WorkerSettings;
import java.util.Optional;

/**
 * One completion, scored by {@code worker.reward}, on {@code worker.rewardThreads} threads, each completion limited to
 * {@code worker.rewardTimeoutMs}.
 */
public final class SingleTurn implements Environment {

    static final String NAME = "single-turn";

    private final Reward reward;
    private final RewardPool calls;
    private final Optional<Overlong> overlong;

    private SingleTurn(WorkerSettings worker) {
        reward = worker.reward();
        calls = new RewardPool(worker);
        overlong = worker.overlong();
    }

    @Override
    public String scoredBy() {
        return reward.name();
    }

    @Override
    public Episode start(String id, Prompt prompt) {
        return new SingleTurnEpisode(id, prompt, reward, calls, overlong);
    }

    @Override
    public void close() {
        calls.close();
    }

    public static final class Factory implements EnvironmentFactory {

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "one completion, scored by worker.reward";
        }

        @Override
        public Environment create(Config config) {
            return new SingleTurn(new WorkerSettings(config));
        }
    }
}
