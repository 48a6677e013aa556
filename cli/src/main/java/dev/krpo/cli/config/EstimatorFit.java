package dev.krpo.cli.config;

import dev.krpo.rollout.WorkerSettings;
import dev.krpo.schemas.settings.RewardRange;
import dev.krpo.streams.EstimatorSettings;
import dev.krpo.streams.StreamsSettings;
import dev.krpo.trainer.settings.SchedulerSettings;
import java.util.Map;
import java.util.Optional;

/** Whether the topology can take the rewards and groups that these settings ask the workers for. */
public final class EstimatorFit {

    private EstimatorFit() {}

    /**
     * Checks before anything starts.
     *
     * @throws UsageException if punished rewards leave the range of the estimator, or a group is too large to recognise its repeats
     */
    public static void check(Map<String, String> config) {
        Optional<RewardRange> range = new EstimatorSettings(config).rewardRange();
        boolean punished = new WorkerSettings(config).overlong().isPresent();
        if (punished && range.isPresent() && range.get().lowest() > -1) {
            throw new UsageException(
                    "worker.overlongTokens lowers rewards by up to 1, and estimator.rewardRange is ["
                            + range.get().lowest() + ", " + range.get().highest()
                            + "]: long completions would be rejected; lower the first number by 1, such as estimator.rewardRange=-1,1");
        }
        int remembered = new StreamsSettings(config).deduplicationIds();
        int groupSize = new SchedulerSettings(config).groupSize();
        if (groupSize >= remembered) {
            throw new UsageException(
                    "scheduler.groupSize is " + groupSize + " and streams.deduplicationIds is " + remembered
                            + ": repeats in such a group would count twice, so every rollout would be rejected; raise"
                            + " streams.deduplicationIds to several times the group size");
        }
    }
}
