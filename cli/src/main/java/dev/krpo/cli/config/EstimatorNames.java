package dev.krpo.cli.config;

import dev.krpo.estimators.Estimators;
import java.util.Iterator;

/** The names that {@code --estimator} takes, for its help text. */
public final class EstimatorNames implements Iterable<String> {

    @Override
    public Iterator<String> iterator() {
        return Estimators.names().iterator();
    }
}
