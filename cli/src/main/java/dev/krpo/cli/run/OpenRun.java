package dev.krpo.cli.run;

import java.util.Map;

/** The run that a command looks at. */
public final class OpenRun implements AutoCloseable {

    private final Map<String, String> config;
    private final RunDirectory directory;

    /** @param directory of the run if it is not on a cluster, else null */
    OpenRun(Map<String, String> config, RunDirectory directory) {
        this.config = config;
        this.directory = directory;
    }

    /** All settings in the flat form that every role takes. */
    public Map<String, String> config() {
        return config;
    }

    @Override
    public void close() {
        if (directory != null) {
            directory.close();
        }
    }
}
