package dev.krpo.policy.sampling;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.krpo.policy.LogProbs;
import java.util.List;

/** Chooses the next token of every row. */
final class TokenChoice {

    private TokenChoice() {}

    /**
     * Draws by inverting the cumulative distribution with one uniform number a row, so that a row's draws do not depend
     * on the batch it is in.
     *
     * @param logits float32 {@code [batch, vocabulary]}
     * @return the chosen tokens, {@code [batch]}; they are added to the rows too
     */
    static long[] choose(
            NDManager manager, NDArray logits, List<Sampler.Row> rows, SamplingOptions options, long version) {
        boolean greedy = options.temperature() == 0;
        NDArray logProbs = LogProbs.distribution(logits, greedy ? 1 : options.temperature(), options.topP());
        NDArray tokens = greedy ? logits.argMax(-1) : draw(manager, logProbs.exp(), rows);
        long[] chosen = tokens.toLongArray();
        float[] chosenLogProbs = logProbs.gather(tokens.expandDims(-1), -1).toFloatArray();
        for (int row = 0; row < chosen.length; row++) {
            rows.get(row).add((int) chosen[row], chosenLogProbs[row], version);
        }
        return chosen;
    }

    private static NDArray draw(NDManager manager, NDArray probabilities, List<Sampler.Row> rows) {
        float[] uniform = new float[rows.size()];
        for (int row = 0; row < uniform.length; row++) {
            uniform[row] = rows.get(row).draw();
        }
        long vocabulary = probabilities.getShape().get(1);
        NDArray cumulative = probabilities.cumSum(-1);
        NDArray total = cumulative.max(new int[] {-1}, true);
        NDArray threshold =
                manager.create(uniform, new Shape(uniform.length, 1)).mul(total);
        return cumulative
                .lte(threshold)
                .toType(DataType.INT64, false)
                .sum(new int[] {-1})
                .minimum(vocabulary - 1);
    }
}
