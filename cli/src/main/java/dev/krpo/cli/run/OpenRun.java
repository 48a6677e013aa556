package dev.krpo.cli.run;

import dev.krpo.settings.Config;

/** A run opened by a command. */
public final class OpenRun implements AutoCloseable {

    private final Config config;
    private final RunDirectory directory;

    /** @param directory the run's directory, or null for a run on a cluster */
    OpenRun(Config config, RunDirectory directory) {
        this.config = config;
        this.directory = directory;
    }

    /** The settings of the run, overridden by those given. */
    public Config config() {
        return config;
    }

    @Override
    public void close() {
        if (directory != null) {
            directory.close();
        }
    }
}
