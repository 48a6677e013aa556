package dev.krpo.cli.config;

import dev.krpo.rollout.WorkerSettings;
import dev.krpo.trainer.settings.SchedulerSettings;
import java.util.Map;

/** Whether a worker with these settings can do the tasks that these settings ask for. */
public final class WorkerFit {

    private WorkerFit() {}

    /**
     * Checks before anything starts; what the settings do not say is not checked.
     *
     * @throws org.apache.kafka.common.config.ConfigException if there is no reward of that name
     * @throws UsageException if a group exceeds a batch
     */
    public static void check(Map<String, String> config) {
        int rows = new WorkerSettings(config).maxBatchRows();
        int groupSize = new SchedulerSettings(config).groupSize();
        if (config.containsKey("scheduler.groupSize") && groupSize > rows) {
            throw new UsageException("worker.maxBatchRows is " + rows + " and scheduler.groupSize is " + groupSize
                    + ": a group is generated in one batch, so every task would be rejected; raise worker.maxBatchRows to "
                    + groupSize + " at least, or lower scheduler.groupSize");
        }
    }
}
