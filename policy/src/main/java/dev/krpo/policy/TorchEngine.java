package dev.krpo.policy;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import ai.djl.pytorch.jni.JniUtils;

/** The process-wide PyTorch engine. */
public final class TorchEngine {

    private static final String NAME = "PyTorch";

    private TorchEngine() {}

    /**
     * Loads the engine from the native jar on the classpath, without network, with this many threads inside an
     * operation. Later calls change the number for the calling thread and for threads that have not computed yet.
     *
     * @param threads at least 1; small models are fastest with 1, one process per core
     */
    public static synchronized void configure(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("policy.threads is " + threads + "; at least 1 is needed");
        }
        load();
        JniUtils.setNumThreads(threads);
    }

    /**
     * The device of a {@code policy.device} setting.
     *
     * @param setting {@code cpu}, {@code gpu}, or {@code auto}: a GPU if the native library can use one
     */
    public static Device device(String setting) {
        return switch (setting) {
            case "cpu" -> Device.cpu();
            case "gpu" -> {
                if (!gpuUsable()) {
                    throw new IllegalArgumentException(
                            "policy.device is gpu, but this process sees none; install the driver and put"
                                    + " pytorch-native-cu* on the classpath, or set auto or cpu");
                }
                yield Device.gpu();
            }
            case "auto" -> gpuUsable() ? Device.gpu() : Device.cpu();
            default -> throw new IllegalArgumentException("policy.device is \"" + setting + "\"; use auto, cpu or gpu");
        };
    }

    private static boolean gpuUsable() {
        Engine engine = load();
        return engine.hasCapability(StandardCapabilities.CUDA) && engine.getGpuCount() > 0;
    }

    /** The engine; properties that are already set (by the user) are kept. */
    private static synchronized Engine load() {
        setIfAbsent("ai.djl.offline", "true");
        setIfAbsent("ai.djl.pytorch.num_interop_threads", "1");
        // Only TorchScript modules use it, and this project has none.
        setIfAbsent("ai.djl.pytorch.graph_optimizer", "false");
        return Engine.getEngine(NAME);
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
