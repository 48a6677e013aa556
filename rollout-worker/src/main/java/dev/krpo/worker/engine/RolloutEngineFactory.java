package dev.krpo.worker.engine;

import dev.krpo.settings.Choice;

/** The service behind one value of {@code worker.engine}. */
public interface RolloutEngineFactory extends Choice<RolloutEngine> {}
