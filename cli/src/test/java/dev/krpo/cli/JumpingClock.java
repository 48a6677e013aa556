package dev.krpo.cli;

import java.io.IOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.ProtectionDomain;
import java.time.Duration;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * Controls the wall clock of another JVM from this one. As a Java agent it redirects every call of
 * {@link System#currentTimeMillis()} outside the JDK, Kafka's included, to a clock that is off by the amount in a file.
 * As when an administrator sets a machine's clock, {@link System#nanoTime()} and every wait of the JDK are unaffected.
 */
public final class JumpingClock {

    private static final String OWN = JumpingClock.class.getName().replace('.', '/');
    private static LongBuffer offsetMs;

    private final Path agent;
    private final Path offset;

    /** A clock that is initially correct; its files are in the directory under this name. */
    JumpingClock(Path directory, String name) throws IOException {
        offset = directory.resolve(name + ".clock");
        agent = directory.resolve(name + "-clock.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(new Attributes.Name("Premain-Class"), JumpingClock.class.getName());
        new JarOutputStream(Files.newOutputStream(agent), manifest).close();
        set(Duration.ZERO);
    }

    /** The JVM option that activates this clock; this class must be on the JVM's class path. */
    String jvmArgument() {
        return "-javaagent:" + agent + "=" + offset;
    }

    /**
     * Sets the clock, even of a running JVM.
     *
     * @param ahead of the true time; negative: behind it
     * @return the change; negative: back
     */
    Duration set(Duration ahead) throws IOException {
        LongBuffer shared = map(offset);
        Duration jump = ahead.minusMillis(shared.get(0));
        shared.put(0, ahead.toMillis());
        return jump;
    }

    private static LongBuffer map(Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES).asLongBuffer();
        }
    }

    /** Entry point of the agent. */
    public static void premain(String file, Instrumentation instrumentation) throws IOException {
        offsetMs = map(Path.of(file));
        instrumentation.addTransformer(new ClassFileTransformer() {
            @Override
            public byte[] transform(
                    ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] type) {
                boolean ofTheJdk = loader == null || loader == ClassLoader.getPlatformClassLoader();
                return ofTheJdk || name.equals(OWN)
                        ? null
                        : new StaticCallRedirect(type).apply("java/lang/System", "currentTimeMillis", OWN);
            }
        });
    }

    /** The result of redirected calls. */
    public static long currentTimeMillis() {
        return System.currentTimeMillis() + offsetMs.get(0);
    }
}
