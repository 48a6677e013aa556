package dev.krpo.worker.reward;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The services of {@link Reward} on the classpath. Unlike {@link java.util.ServiceLoader}, it reports the jar of each
 * service, and a broken one does not hide the others.
 *
 * @param faults of unusable services: one line per service, naming the class, the jar, the reason and the remedy
 */
record ProvidedRewards(List<Provided> rewards, List<String> faults) {

    private static final String FILE = "META-INF/services/" + Reward.class.getName();

    /** @param jar the jar or folder that names it in its {@code META-INF/services} */
    record Provided(Reward reward, String jar) {
        @Override
        public String toString() {
            return reward.getClass().getName() + " in " + jar;
        }
    }

    /** @param loader of the classpath to search */
    static ProvidedRewards of(ClassLoader loader) {
        ProvidedRewards provided = new ProvidedRewards(new ArrayList<>(), new ArrayList<>());
        try {
            for (URL file : Collections.list(loader.getResources(FILE))) {
                String jar = jar(file);
                for (String line : lines(file)) {
                    String type = line.replaceFirst("#.*", "").strip();
                    if (!type.isEmpty()) {
                        provided.add(type, jar, loader);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the classpath cannot be searched for " + FILE, e);
        }
        return provided;
    }

    private void add(String type, String jar, ClassLoader loader) {
        try {
            Reward reward = Class.forName(type, true, loader)
                    .asSubclass(Reward.class)
                    .getConstructor()
                    .newInstance();
            if (reward.name() == null || reward.description() == null) {
                throw new IllegalStateException("its name() or description() is null");
            }
            rewards.add(new Provided(reward, jar));
        } catch (InvocationTargetException e) {
            fault(type, jar, e.getCause());
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            fault(type, jar, e);
        }
    }

    private void fault(String type, String jar, Throwable reason) {
        faults.add(type + " in " + jar + " (" + reason + "): " + remedy(reason));
    }

    private static String remedy(Throwable reason) {
        if (reason instanceof ClassNotFoundException) {
            return "compile the class into the jar, or correct its " + FILE;
        }
        if (reason instanceof NoSuchMethodException || reason instanceof IllegalAccessException) {
            return "make the class public, with a public constructor without parameters";
        }
        if (reason instanceof UnsupportedClassVersionError) {
            return "compile it with at most --release " + Runtime.version().feature()
                    + ", or run krpo with a newer Java";
        }
        if (reason instanceof NoClassDefFoundError) {
            return "put the jar with the class that it needs beside it";
        }
        return "correct the class or remove the jar";
    }

    /** Bypasses the connection cache, which would keep serving the old contents of a replaced jar. */
    private static List<String> lines(URL file) throws IOException {
        URLConnection connection = file.openConnection();
        connection.setUseCaches(false);
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        }
    }

    private static String jar(URL file) {
        return file.toString().replaceFirst("^(jar:)?file:", "").replaceFirst("!?/META-INF/services/.*", "");
    }
}
