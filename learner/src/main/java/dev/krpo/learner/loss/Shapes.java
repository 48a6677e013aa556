package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/** Guards against silent broadcasting of mismatched shapes. */
public final class Shapes {

    private Shapes() {}

    public static void same(String leftName, NDArray left, String rightName, NDArray right) {
        if (!left.getShape().equals(right.getShape())) {
            throw new IllegalArgumentException(leftName + " is " + left.getShape() + ", " + rightName + " is "
                    + right.getShape() + "; both must be [batch, time]");
        }
    }

    static void column(String name, NDArray column, NDArray rows) {
        Shape expected = new Shape(rows.getShape().get(0), 1);
        if (!column.getShape().equals(expected)) {
            throw new IllegalArgumentException(name + " are " + column.getShape() + " beside rows of " + rows.getShape()
                    + "; " + expected + " is needed");
        }
    }
}
