package dev.krpo.benchmarks;

import dev.krpo.learner.Forward;
import dev.krpo.learner.Learner;
import dev.krpo.learner.LearnerOptions;
import dev.krpo.learner.TrainingSequence;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.family.ModelFamilies;
import dev.krpo.policy.tokenizer.CharTokenizer;
import dev.krpo.settings.Config;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Policy-gradient steps of the learner, compared with the same steps in eager PyTorch with transformers: the same
 * shapes, one thread, float32, random weights and tokens.
 *
 * @param size names the model configuration {@code tools/bench/config-SIZE.json}
 * @param batch sequences per step
 * @param prompt tokens of each prompt
 * @param completion tokens of each completion
 * @param steps per round
 */
record TrainingBenchmark(String size, int batch, int prompt, int completion, int steps) implements Benchmark {

    private static final int ROUNDS = 5;
    private static final double GIB = 1L << 30;

    @Override
    public String name() {
        return "training-" + size;
    }

    @Override
    public String claim() {
        return "tokens/s trained over eager PyTorch with transformers, " + size + " parameters, " + batch
                + " sequences of " + prompt + " + " + completion + " tokens, one thread, float32";
    }

    @Override
    public Measurement run(Consumer<String> progress) throws IOException {
        TorchEngine.configure(1);
        Path config = Path.of(System.getProperty("krpo.home", "."), "tools", "bench", "config-" + size + ".json");
        ModelConfig model = ModelFamilies.load(config);
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        LearnerOptions options =
                LearnerOptions.of(Config.defaults().with(LearnerOptions.FORWARD, Forward.FUSED), completion);
        Policy policy = Policy.initialise(model, new CharTokenizer("0123456789"), 1, TorchEngine.device("cpu"));
        try (Learner learner = new Learner(policy, null, options);
                TransformersPeer peer = new TransformersPeer(config, batch, prompt, completion)) {
            SplittableRandom random = new SplittableRandom(1);
            for (int round = -1; round < ROUNDS; round++) {
                double with = steps(learner, random, model.vocabularySize());
                TransformersPeer.Answer without = peer.steps(steps);
                // The first round is a warm-up.
                if (round >= 0) {
                    ours.add(with);
                    theirs.add(without.tokensPerSecond());
                    progress.accept(String.format(
                            "round %d: %.0f versus %.0f tokens/s, peak memory %.2f versus %.2f GiB",
                            round + 1,
                            with,
                            without.tokensPerSecond(),
                            PeakMemory.bytes() / GIB,
                            without.peakBytes() / GIB));
                }
            }
        }
        return new Measurement(name(), "tokens/s", "krpo", ours, "transformers", theirs, 1);
    }

    private double steps(Learner learner, SplittableRandom random, int vocabulary) {
        long start = System.nanoTime();
        for (int step = 0; step < steps; step++) {
            List<TrainingSequence> sequences = new ArrayList<>(batch);
            for (int row = 0; row < batch; row++) {
                float[] logProbs = new float[completion];
                Arrays.fill(logProbs, (float) -Math.log(vocabulary));
                sequences.add(new TrainingSequence(
                        random.ints(prompt, 0, vocabulary).toArray(),
                        random.ints(completion, 0, vocabulary).toArray(),
                        logProbs,
                        1,
                        random.nextDouble(-1, 1)));
            }
            learner.step(sequences);
        }
        return (double) steps * batch * (prompt + completion) / ((System.nanoTime() - start) / 1e9);
    }
}
