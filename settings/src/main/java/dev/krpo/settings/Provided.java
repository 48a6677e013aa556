package dev.krpo.settings;

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
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * The services of one type on the class path, those of the type's own jar first. Unlike
 * {@link java.util.ServiceLoader}, it reports the jar of each service, and a broken one does not hide the others.
 *
 * @param faults of unusable services: one line per service, naming the class, the jar, the reason and the remedy
 */
record Provided<T extends Named>(List<Service<T>> services, List<String> faults) {

    private static final String FOLDER = "META-INF/services/";

    /** @param jar the jar or folder that names it in its {@code META-INF/services} */
    record Service<T>(T instance, String jar) {
        @Override
        public String toString() {
            return instance.getClass().getName() + " in " + jar;
        }
    }

    /** @param loader of the class path that is searched */
    static <T extends Named> Provided<T> of(Class<T> type, ClassLoader loader) {
        Provided<T> provided = new Provided<>(new ArrayList<>(), new ArrayList<>());
        String path = FOLDER + type.getName();
        String own = String.valueOf(type.getResource("/" + type.getName().replace('.', '/') + ".class"));
        try {
            List<URL> files = Collections.list(loader.getResources(path));
            Predicate<URL> foreign = file -> !own.startsWith(file.toString().replace(path, ""));
            files.sort(Comparator.comparing(foreign::test));
            for (URL file : files) {
                for (String line : lines(file)) {
                    String name = line.replaceFirst("#.*", "").strip();
                    if (!name.isEmpty()) {
                        provided.add(type, name, jar(file), foreign.test(file), loader);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the class path cannot be searched for " + path, e);
        }
        return provided;
    }

    private void add(Class<T> type, String name, String jar, boolean foreign, ClassLoader loader) {
        try {
            T service = Class.forName(name, true, loader)
                    .asSubclass(type)
                    .getConstructor()
                    .newInstance();
            if (service.name() == null || service.description() == null) {
                throw new IllegalStateException("its name() or description() is null");
            }
            Service<T> found = new Service<>(service, jar);
            if (service instanceof Choice<?> choice) {
                choice.settings().forEach(section -> section.from(foreign ? found.toString() : Section.BUILT_IN));
            }
            services.add(found);
        } catch (InvocationTargetException e) {
            fault(type, name, jar, e.getCause());
        } catch (ExceptionInInitializerError e) {
            fault(type, name, jar, e.getException());
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            fault(type, name, jar, e);
        }
    }

    private void fault(Class<T> type, String name, String jar, Throwable reason) {
        faults.add(name + " in " + jar + " (" + reason + "): " + remedy(type, reason));
    }

    private static String remedy(Class<?> type, Throwable reason) {
        if (reason instanceof ClassNotFoundException) {
            return "compile the class into the jar, or correct its " + FOLDER + type.getName();
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
