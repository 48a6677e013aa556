package dev.krpo.schemas.serde;

import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.PrimitivesArrays;

/** Converts between Java arrays and Avro's primitive lists without boxing each element. */
public final class PrimitiveArrays {

    private static final Schema INTS = Schema.createArray(Schema.create(Schema.Type.INT));
    private static final Schema FLOATS = Schema.createArray(Schema.create(Schema.Type.FLOAT));

    private PrimitiveArrays() {}

    public static List<Integer> of(int... values) {
        PrimitivesArrays.IntArray list = new PrimitivesArrays.IntArray(values.length, INTS);
        for (int i = 0; i < values.length; i++) {
            list.add(i, values[i]);
        }
        return list;
    }

    public static List<Float> of(float... values) {
        PrimitivesArrays.FloatArray list = new PrimitivesArrays.FloatArray(values.length, FLOATS);
        for (int i = 0; i < values.length; i++) {
            list.add(i, values[i]);
        }
        return list;
    }

    public static int[] toInts(List<Integer> list) {
        int[] values = new int[list.size()];
        if (list instanceof PrimitivesArrays.IntArray primitive) {
            for (int i = 0; i < values.length; i++) {
                values[i] = primitive.getInt(i);
            }
        } else {
            for (int i = 0; i < values.length; i++) {
                values[i] = list.get(i);
            }
        }
        return values;
    }

    public static float[] toFloats(List<Float> list) {
        float[] values = new float[list.size()];
        if (list instanceof PrimitivesArrays.FloatArray primitive) {
            for (int i = 0; i < values.length; i++) {
                values[i] = primitive.getFloat(i);
            }
        } else {
            for (int i = 0; i < values.length; i++) {
                values[i] = list.get(i);
            }
        }
        return values;
    }
}
