package dev.krpo.rollout;

import dev.krpo.policy.sampling.Completion;
import dev.krpo.policy.sampling.CompletionRequest;
import dev.krpo.policy.sampling.PolicySource;
import dev.krpo.policy.sampling.Sampler;
import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.rollout.reward.Overlong;
import dev.krpo.rollout.reward.Reward;
import dev.krpo.rollout.reward.Score;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.serde.PrimitiveArrays;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.RecordMetadata;

/** Generates the completions of a batch of tasks, scores them and publishes them. For one thread. */
final class Generator {

    private final PolicySource policies;
    private final Sampler sampler;
    private final Reward reward;
    private final Optional<Overlong> overlong;
    private final Publisher publisher;
    private final String workerId;
    private final WorkerProgress progress;

    /** @param policies asked before each decode step */
    Generator(PolicySource policies, WorkerSettings worker, Publisher publisher, WorkerProgress progress) {
        this.policies = policies;
        this.sampler = new Sampler(policies);
        this.reward = worker.reward();
        this.overlong = worker.overlong();
        this.publisher = publisher;
        this.workerId = worker.id();
        this.progress = progress;
    }

    private record ScoredRow(PreparedTask task, int index, Completion completion, String text, Score score) {}

    /**
     * Returns when the broker has a rollout, or a dead letter, of every completion of these tasks.
     *
     * @param batch at least one task; all with equal sampling options
     */
    void run(List<PreparedTask> batch) {
        Tokenizer tokenizer = policies.current().policy().tokenizer();
        List<CompletionRequest> rows = new ArrayList<>();
        batch.forEach(task -> rows.addAll(task.rows()));
        long startedAtMs = System.currentTimeMillis();
        List<Completion> completions = sampler.generate(rows, batch.get(0).options());

        List<ScoredRow> scored = new ArrayList<>(rows.size());
        List<Future<RecordMetadata>> sent = new ArrayList<>(rows.size());
        int row = 0;
        for (PreparedTask task : batch) {
            for (int index = 0; index < task.task().getGroupSize(); index++) {
                Completion completion = completions.get(row++);
                String text = tokenizer.decode(completion.tokens());
                try {
                    scored.add(new ScoredRow(task, index, completion, text, score(task, index, completion, text)));
                } catch (Refusal refusal) {
                    sent.add(publisher.refuse(task.source(), refusal));
                }
            }
        }
        long finishedAtMs = System.currentTimeMillis();
        List<Rollout> rollouts = scored.stream()
                .map(one -> rollout(one, startedAtMs, finishedAtMs))
                .toList();
        rollouts.forEach(rollout -> sent.add(publisher.publish(rollout)));
        publisher.await(sent);
        rollouts.forEach(progress::add);
    }

    private Score score(PreparedTask task, int index, Completion completion, String text) throws Refusal {
        String answer = task.prompt().getAnswer();
        String what = "reward " + reward.name() + " of rollout " + rolloutId(task, index) + " (completion '" + text
                + "', answer '" + answer + "')";
        Score score;
        try {
            score = withOverlong(reward.score(text, answer), task, completion);
        } catch (RuntimeException e) {
            throw new Refusal("reward-failed", what + " threw " + e + "; correct the reward function");
        }
        if (!score.isFinite()) {
            throw new Refusal(
                    "reward-not-finite", what + " is " + score + "; make the reward function return finite numbers");
        }
        return score;
    }

    private Score withOverlong(Score score, PreparedTask task, Completion completion) {
        int longest = task.options().maxNewTokens();
        return overlong.map(rule -> rule.punished(score, completion.tokens().length, longest))
                .orElse(score);
    }

    private Rollout rollout(ScoredRow row, long startedAtMs, long finishedAtMs) {
        RolloutTask task = row.task().task();
        Completion completion = row.completion();
        return Rollout.newBuilder()
                .setRolloutId(rolloutId(row.task(), row.index()))
                .setTaskId(task.getTaskId())
                .setGroupId(task.getTaskId())
                .setGroupSize(task.getGroupSize())
                .setIndex(row.index())
                .setPromptId(task.getPromptId())
                .setDataset(row.task().prompt().getDataset())
                .setPolicyName(task.getPolicyName())
                .setPromptTokens(PrimitiveArrays.of(row.task().promptTokens()))
                .setCompletionTokens(PrimitiveArrays.of(completion.tokens()))
                .setBehaviourLogProbs(PrimitiveArrays.of(completion.logProbs()))
                .setVersionRuns(completion.versionRuns().stream()
                        .map(run -> new TokenRun(run.version(), run.tokens()))
                        .toList())
                .setText(row.text())
                .setReward(row.score().total())
                .setRewardComponents(row.score().components())
                .setFinishReason(completion.stopped() ? FinishReason.STOP : FinishReason.LENGTH)
                .setSampling(task.getSampling())
                .setWorkerId(workerId)
                .setTaskIssuedAtMs(task.getIssuedAtMs())
                .setStartedAtMs(startedAtMs)
                .setFinishedAtMs(finishedAtMs)
                .build();
    }

    private static String rolloutId(PreparedTask task, int index) {
        return task.task().getTaskId() + "/" + index;
    }
}
