package dev.krpo.trainer.schedule;

/**
 * Draws from changing weights: setting and drawing take O(log n) (the sum tree of prioritised replay, arXiv 1511.05952
 * appendix B.2.1). An inner node is the sum of its two children, recomputed at each change, so that rounding errors do
 * not accumulate and a weight of 0 is never drawn.
 */
final class SumTree {

    private final int leaves;
    private final double[] nodes;

    /** @param size number of weights; all are initially 0 */
    SumTree(int size) {
        leaves = Math.max(1, Integer.highestOneBit(size - 1) << 1);
        nodes = new double[2 * leaves];
    }

    /** @param weight >= 0 and finite */
    void set(int index, double weight) {
        int node = leaves + index;
        nodes[node] = weight;
        while (node > 1) {
            node /= 2;
            nodes[node] = nodes[2 * node] + nodes[2 * node + 1];
        }
    }

    double total() {
        return nodes[1];
    }

    /**
     * The index at which the running sum of the weights exceeds the mark.
     *
     * @param mark from 0 to {@link #total}, which must be positive
     */
    int find(double mark) {
        int node = 1;
        double left = mark;
        while (node < leaves) {
            node *= 2;
            // The right side can be empty here only due to rounding.
            if (left >= nodes[node] && nodes[node + 1] > 0) {
                left -= nodes[node];
                node++;
            }
        }
        return node - leaves;
    }
}
