package dev.krpo.cli.config;

import dev.krpo.streams.EstimatorSettings;
import java.util.Iterator;

/** The names that {@code --estimator} takes, for its help text. */
public final class EstimatorNames implements Iterable<String> {

    @Override
    public Iterator<String> iterator() {
        return EstimatorSettings.names().iterator();
    }
}
