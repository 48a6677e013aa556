package dev.krpo.policy;

import ai.djl.Device;
import ai.djl.engine.Engine;

/** The tensor engine of this process. */
public final class TorchEngine {

    private TorchEngine() {}

    /**
     * Sets the number of threads one operation may use. Takes effect only before the engine is first used; the same number
     * gives the same bits.
     */
    public static void configure(int threads) {
        System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
    }

    /**
     * @param name auto, cpu or gpu
     * @throws IllegalArgumentException if gpu is asked for and there is none
     */
    public static Device device(String name) {
        boolean hasGpu = !name.equals("cpu") && Engine.getInstance().getGpuCount() > 0;
        if (name.equals("gpu") && !hasGpu) {
            throw new IllegalArgumentException(
                    "policy.device is gpu, but the tensor engine sees none; use auto or cpu, or put DJL's CUDA build of"
                            + " PyTorch on the classpath");
        }
        return hasGpu ? Device.gpu() : Device.cpu();
    }
}
