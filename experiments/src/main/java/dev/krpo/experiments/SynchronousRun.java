package dev.krpo.experiments;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.EstimatorMemory;
import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.RewardRange;
import dev.krpo.learner.FailedStepException;
import dev.krpo.learner.Gradients;
import dev.krpo.learner.Learner;
import dev.krpo.learner.TrainingSequence;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.generate.Completion;
import dev.krpo.policy.generate.CompletionRequest;
import dev.krpo.policy.generate.Sampler;
import dev.krpo.policy.generate.SamplingOptions;
import dev.krpo.policy.generate.VersionedPolicy;
import dev.krpo.runtime.prompts.PromptFile;
import dev.krpo.runtime.prompts.PromptFormat;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.trainer.schedule.PromptSource;
import dev.krpo.trainer.schedule.PromptSources;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import dev.krpo.worker.environment.Environment;
import dev.krpo.worker.environment.Environments;
import dev.krpo.worker.environment.Episode;
import dev.krpo.worker.evaluate.Evaluation;
import dev.krpo.worker.reward.Score;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pipeline in one thread, without a broker: the same prompt order, sampler, reward, estimator, loss and optimizer
 * run in sequence, so a run depends on its specification alone. Rollouts are generated one batch at a time; a batch is
 * trained on after {@code lag} more have been generated.
 */
final class SynchronousRun implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SynchronousRun.class);

    /** Separates the random stream of the flips from those of prompts and tokens. */
    private static final long FLIPS = 0x666c697073L;

    /** First task number of a still run; no other run has so many tasks, so their random streams differ. */
    private static final long STILL = 1L << 40;

    private final RunSpec spec;
    private final TrainerSettings settings;
    private final SamplingOptions sampling;
    private final Map<String, Prompt> prompts = new HashMap<>();
    private final List<Prompt> heldOut;
    private PromptSource order;
    private final Environment environment;
    private final SplittableRandom flips;
    private final EstimatorMemory estimator;
    private final RewardRange rewardRange;
    private final Learner learner;
    private final Sampler sampler;
    private final Deque<TrainingSequence> waiting = new ArrayDeque<>();

    private long tasks;
    private long rollouts;
    private long version;
    private double rewards;
    private long rewarded;
    private double gradientNorms;
    private long steps;
    private long busyNanos;

    /** Reads model and questions, so that errors in them surface before any work. */
    static SynchronousRun of(RunSpec spec) {
        TrainerSettings settings = new TrainerSettings(spec.settings());
        TorchEngine.configure(settings.get(PolicySettings.THREADS));
        return new SynchronousRun(
                spec, Policy.load(spec.task().model(), TorchEngine.device(settings.get(PolicySettings.DEVICE))));
    }

    /** @param policy updated in place; closed with the run */
    private SynchronousRun(RunSpec spec, Policy policy) {
        this.spec = spec;
        settings = new TrainerSettings(spec.settings());
        SamplingParameters parameters = SchedulerSettings.sampling(spec.settings(), 0);
        sampling = new SamplingOptions(parameters.getTemperature(), parameters.getTopP(), parameters.getMaxNewTokens());
        PromptFile.readAll(spec.task().train(), PromptFormat.standard("train"))
                .forEach(prompt -> prompts.put(prompt.getPromptId(), prompt));
        heldOut = PromptFile.readAll(spec.task().heldOut(), PromptFormat.standard("held-out"));
        order = PromptSources.of(spec.settings());
        order.setPrompts(prompts.keySet());
        environment = Environments.of(spec.settings());
        flips = new SplittableRandom(settings.get(SchedulerSettings.SEED) ^ FLIPS);
        estimator = new EstimatorMemory(spec.settings());
        rewardRange = settings.get(Estimators.REWARD_RANGE);
        Policy reference = settings.learnerOptions().loss().klCoefficient() > 0
                ? Policy.load(spec.task().model(), policy.manager().getDevice())
                : null;
        learner = new Learner(policy, reference, settings.learnerOptions());
        sampler = new Sampler(() -> new VersionedPolicy(version, learner.policy()));
    }

    /**
     * Another arm at a copy of this run's policy, to measure gradients there. It draws prompts and tokens independently
     * of this run, so its batches are independent.
     */
    SynchronousRun still(RunSpec other) {
        Policy here = learner.policy();
        Policy copy = Policy.of(
                here.config(), here.tokenizer(), here.snapshot(), here.manager().getDevice());
        SynchronousRun still = new SynchronousRun(other, copy);
        still.tasks = STILL;
        still.order = new IndependentPrompts(other.seed(), prompts.keySet());
        return still;
    }

    RunResult run() {
        List<RunResult.Point> curve = new ArrayList<>(List.of(evaluate()));
        for (int evaluation = 1; evaluation <= spec.evaluations(); evaluation++) {
            try {
                advance((double) evaluation / spec.evaluations());
                curve.add(evaluate());
            } catch (FailedStepException e) {
                if (!e.notFinite()) {
                    throw e;
                }
                // A step size that is too large is a result, not an error.
                LOG.warn(
                        "{} diverged after {} rollouts, which counts as accuracy 0: {}",
                        spec.name(),
                        rollouts,
                        e.getMessage());
                return new RunResult(diverged(curve));
            }
        }
        return new RunResult(curve);
    }

    private List<RunResult.Point> diverged(List<RunResult.Point> curve) {
        List<RunResult.Point> whole = new ArrayList<>(curve);
        for (int evaluation = curve.size(); evaluation <= spec.evaluations(); evaluation++) {
            long until = (long) spec.rollouts() * evaluation / spec.evaluations();
            whole.add(new RunResult.Point(until, version, Double.NaN, 0, Double.NaN, busyNanos / 1e9));
        }
        return whole;
    }

    /** Continues until this share of the rollouts has been generated. */
    void advance(double share) {
        long start = System.nanoTime();
        while (rollouts < (long) (spec.rollouts() * share)) {
            generate();
            learn();
        }
        busyNanos += System.nanoTime() - start;
    }

    /**
     * The gradients of batches at the current policy, which does not change although the version increases: an
     * estimator that forgets by version forgets as in a run.
     *
     * @param warmup number of batches that only the estimator processes, so that its beliefs are as in a run
     */
    List<float[]> gradients(int warmup, int batches) {
        List<float[]> gradients = new ArrayList<>(batches);
        for (int i = 0; i < warmup + batches; i++) {
            waiting.clear();
            generate();
            version++;
            if (i >= warmup) {
                try (Gradients gradient = learner.gradients(List.copyOf(waiting))) {
                    gradients.add(gradient.flatten());
                }
            }
        }
        waiting.clear();
        return gradients;
    }

    /** Generates a batch of rollouts and estimates their advantages. */
    private void generate() {
        int groupSize = settings.get(SchedulerSettings.GROUP_SIZE);
        List<Prompt> asked = new ArrayList<>();
        List<CompletionRequest> rows = new ArrayList<>();
        for (int i = 0; i < settings.get(TrainerSettings.BATCH_SIZE) / groupSize; i++, tasks++) {
            Prompt prompt = prompts.get(order.next(tasks));
            asked.add(prompt);
            int[] tokens = learner.policy().tokenizer().encodePrompt(prompt.getText());
            rows.addAll(CompletionRequest.group(tokens, SchedulerSettings.taskSeed(spec.settings(), tasks), groupSize));
        }
        List<Completion> completions = sampler.generate(rows, sampling);
        List<Episode> episodes = new ArrayList<>(completions.size());
        for (int row = 0; row < completions.size(); row++) {
            Prompt prompt = asked.get(row / groupSize);
            Completion completion = completions.get(row);
            String text = learner.policy().tokenizer().decode(completion.tokens());
            Episode episode = environment.start("prompt " + prompt.getPromptId(), prompt);
            episode.act(completion, text);
            episodes.add(episode);
        }
        for (int task = 0; task < asked.size(); task++) {
            int first = task * groupSize;
            estimate(
                    asked.get(task),
                    rows.subList(first, first + groupSize),
                    completions.subList(first, first + groupSize),
                    episodes.subList(first, first + groupSize));
        }
        rollouts += completions.size();
    }

    private void estimate(
            Prompt prompt, List<CompletionRequest> rows, List<Completion> completions, List<Episode> episodes) {
        List<Observation> group = new ArrayList<>(episodes.size());
        for (int i = 0; i < episodes.size(); i++) {
            Score score = score(episodes.get(i));
            rewards += score.total();
            rewarded++;
            group.add(new Observation(score.total(), version, completions.get(i).logProbs(), score.components()));
        }
        String promptId = prompt.getPromptId();
        List<Optional<Advantage>> advantages = estimator.estimate(promptId, prompt.getDataset(), group);
        order.answered(promptId);
        if (PromptSources.usesBeliefs(spec.settings())) {
            estimator
                    .belief(promptId)
                    .ifPresent(x -> order.update(
                            promptId, rewardRange.share(x.mean()), rewardRange.shareOfVariance(x.variance())));
        }
        for (int i = 0; i < group.size(); i++) {
            CompletionRequest row = rows.get(i);
            Completion completion = completions.get(i);
            advantages
                    .get(i)
                    .ifPresent(advantage -> waiting.add(new TrainingSequence(
                            row.promptTokens(),
                            completion.tokens(),
                            TrainingSequence.wholeVocabulary(completion.logProbs(), completion.nucleusLogMass()),
                            sampling.temperature(),
                            advantage.advantage())));
        }
    }

    /** The worker's score, flipped with the condition's probability. */
    private Score score(Episode episode) {
        Score honest = episode.score();
        Score seen =
                flips.nextDouble() < spec.rewardFlip() ? Score.of(environment.scoredBy(), 1 - honest.total()) : honest;
        return episode.shaped(seen, sampling.maxNewTokens());
    }

    /** Trains on each batch that is old enough. */
    private void learn() {
        while (waiting.size() >= (spec.lag() + 1) * settings.get(TrainerSettings.BATCH_SIZE)) {
            List<TrainingSequence> batch = new ArrayList<>(settings.get(TrainerSettings.BATCH_SIZE));
            for (int i = 0; i < settings.get(TrainerSettings.BATCH_SIZE); i++) {
                batch.add(waiting.remove());
            }
            gradientNorms += learner.step(batch).gradientNorm();
            steps++;
            version++;
        }
    }

    private RunResult.Point evaluate() {
        double accuracy = Evaluation.greedy(learner.policy(), heldOut, sampling.maxNewTokens(), environment)
                .meanReward();
        RunResult.Point point = new RunResult.Point(
                rollouts, version, rewards / rewarded, accuracy, gradientNorms / steps, busyNanos / 1e9);
        rewards = 0;
        rewarded = 0;
        gradientNorms = 0;
        steps = 0;
        return point;
    }

    @Override
    public void close() {
        environment.close();
        learner.close();
    }
}
