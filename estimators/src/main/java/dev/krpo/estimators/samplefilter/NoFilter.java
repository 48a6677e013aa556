package dev.krpo.estimators.samplefilter;

import dev.krpo.estimators.SampleFilter;
import dev.krpo.estimators.SampleFilterFactory;
import dev.krpo.settings.Config;

/** Creates {@link SampleFilter#NONE}. */
public final class NoFilter implements SampleFilterFactory {

    @Override
    public String name() {
        return SampleFilter.NONE.name();
    }

    @Override
    public String description() {
        return "leaves out nothing";
    }

    @Override
    public SampleFilter create(Config config) {
        return SampleFilter.NONE;
    }
}
