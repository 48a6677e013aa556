package dev.krpo.worker.task;

import dev.krpo.policy.generate.Completion;
import dev.krpo.policy.generate.CompletionRequest;
import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.runtime.rules.Rejection;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.worker.engine.RolloutEngine;
import dev.krpo.worker.environment.BrokenWorkerException;
import dev.krpo.worker.environment.Environment;
import dev.krpo.worker.environment.Environments;
import dev.krpo.worker.environment.Episode;
import dev.krpo.worker.environment.UnscoredException;
import dev.krpo.worker.publish.RolloutPublisher;
import dev.krpo.worker.reward.Score;
import dev.krpo.worker.settings.WorkerSettings;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.RecordMetadata;

/** Generates, scores and publishes the completions of a batch of tasks. Not thread-safe. */
final class Generator implements AutoCloseable {

    private final RolloutEngine engine;
    private final Environment environment;
    private final UnscoredStreak unscored;
    private final RolloutPublisher publisher;
    private final String workerId;
    private final WorkerProgress progress;

    Generator(RolloutEngine engine, WorkerSettings worker, RolloutPublisher publisher, WorkerProgress progress) {
        this.engine = engine;
        this.environment = Environments.of(worker.config());
        this.unscored = new UnscoredStreak(environment.scoredBy(), worker.id());
        this.publisher = publisher;
        this.workerId = worker.id();
        this.progress = progress;
    }

    /** A generated member of a group. */
    private record Member(PreparedTask task, String rolloutId, Completion completion, String text, Episode episode) {}

    private record ScoredMember(Member member, Score score) {}

    /** Start and end of a batch's generation and scoring, in milliseconds since the epoch. */
    private record Times(long startedAtMs, long finishedAtMs) {}

    /**
     * Returns once the broker has acknowledged a rollout or a dead letter for every completion of these tasks.
     *
     * @param batch at least one task; all with equal sampling options
     * @param pulse called between decode steps and while scores are awaited; an exception that it throws ends both
     * @param settle called for each task that the broker has acknowledged completely, even if one of the exceptions
     *     below follows
     * @throws BrokenWorkerException if nothing can be scored on this worker
     * @throws RuntimeException if a group cannot be published; those before it are settled
     */
    void run(List<PreparedTask> batch, Runnable pulse, Consumer<PreparedTask> settle) {
        long startedAtMs = System.currentTimeMillis();
        List<List<Member>> groups = generate(batch, pulse);
        List<PreparedTask> done = new ArrayList<>(batch.size());
        List<Rollout> rollouts = new ArrayList<>();
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        Optional<RuntimeException> stop = Optional.empty();
        try {
            for (List<Member> group : groups) {
                List<ScoredMember> scored = score(group, pulse, sent);
                Times times = new Times(startedAtMs, System.currentTimeMillis());
                for (int index = 0; index < scored.size(); index++) {
                    rollouts.add(rollout(scored.get(index), index, scored.size(), times));
                    sent.add(publisher.publish(rollouts.get(rollouts.size() - 1)));
                }
                done.add(group.get(0).task());
                unscored.check();
            }
        } catch (RuntimeException e) {
            // Completed groups are settled regardless.
            stop = Optional.of(e);
        } finally {
            groups.forEach(group -> group.forEach(member -> member.episode().abandon()));
        }
        publisher.await(sent);
        done.forEach(settle);
        rollouts.forEach(progress::add);
        stop.ifPresent(e -> {
            throw e;
        });
    }

    /** The completions of each task; they are being scored. */
    private List<List<Member>> generate(List<PreparedTask> batch, Runnable pulse) {
        Tokenizer tokenizer = engine.tokenizer();
        List<CompletionRequest> rows = new ArrayList<>();
        batch.forEach(task -> rows.addAll(task.rows()));
        Iterator<Completion> completions =
                engine.generate(rows, batch.get(0).options(), pulse).iterator();
        List<List<Member>> groups = new ArrayList<>(batch.size());
        for (PreparedTask task : batch) {
            List<Member> group = new ArrayList<>();
            for (int index = 0; index < task.task().getGroupSize(); index++) {
                Completion completion = completions.next();
                String text = tokenizer.decode(completion.tokens());
                String rolloutId = task.task().getTaskId() + "/" + index;
                Episode episode = environment.start("rollout " + rolloutId, task.prompt());
                episode.act(completion, text);
                group.add(new Member(task, rolloutId, completion, text, episode));
            }
            groups.add(group);
        }
        return groups;
    }

    /** The scored members; the others become dead letters. */
    private List<ScoredMember> score(List<Member> group, Runnable pulse, List<Future<RecordMetadata>> sent) {
        List<ScoredMember> scored = new ArrayList<>(group.size());
        for (Member member : group) {
            String taskId = member.task().task().getTaskId();
            try {
                Score score = member.episode().score(pulse);
                int maxNewTokens = member.task().options().maxNewTokens();
                scored.add(new ScoredMember(member, member.episode().shaped(score, maxNewTokens)));
                unscored.scored();
            } catch (UnscoredException e) {
                Rejection rejection = new Rejection(e.reason(), e.getMessage());
                unscored.unscored(taskId, e);
                sent.add(publisher.reject(member.task().source(), rejection, taskId, 1));
            }
        }
        return scored;
    }

    /**
     * @param index among the scored members
     * @param groupSize number of scored members, so that no downstream stage waits for the others
     */
    private Rollout rollout(ScoredMember scored, int index, int groupSize, Times times) {
        Member member = scored.member();
        RolloutTask task = member.task().task();
        Completion completion = member.completion();
        return Rollout.newBuilder()
                .setRolloutId(member.rolloutId())
                .setTaskId(task.getTaskId())
                .setGroupId(task.getTaskId())
                .setGroupSize(groupSize)
                .setIndex(index)
                .setPromptId(task.getPromptId())
                .setDataset(member.task().prompt().getDataset())
                .setPolicyName(task.getPolicyName())
                .setPromptTokens(PrimitiveArrays.of(member.task().promptTokens()))
                .setCompletionTokens(PrimitiveArrays.of(completion.tokens()))
                .setBehaviourLogProbs(PrimitiveArrays.of(completion.logProbs()))
                .setVersionRuns(completion.versionRuns().stream()
                        .map(run -> new TokenRun(run.version(), run.tokens()))
                        .toList())
                .setText(member.text())
                .setReward(scored.score().total())
                .setRewardComponents(scored.score().components())
                .setFinishReason(completion.stopped() ? FinishReason.STOP : FinishReason.LENGTH)
                .setSampling(task.getSampling())
                .setWorkerId(workerId)
                .setTaskIssuedAtMs(task.getIssuedAtMs())
                .setStartedAtMs(times.startedAtMs())
                .setFinishedAtMs(times.finishedAtMs())
                .setNucleusLogMass(PrimitiveArrays.of(completion.nucleusLogMass()))
                .build();
    }

    @Override
    public void close() {
        environment.close();
    }
}
