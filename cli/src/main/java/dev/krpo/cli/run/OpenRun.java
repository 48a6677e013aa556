package dev.krpo.cli.run;

import dev.krpo.settings.Config;

/** The run that a command looks at. */
public final class OpenRun implements AutoCloseable {

    private final Config config;
    private final RunDirectory directory;

    /** @param directory of the run if it is not on a cluster, else null */
    OpenRun(Config config, RunDirectory directory) {
        this.config = config;
        this.directory = directory;
    }

    /** The settings of the run, under those that were given. */
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
