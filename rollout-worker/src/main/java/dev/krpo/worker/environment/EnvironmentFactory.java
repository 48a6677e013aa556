package dev.krpo.worker.environment;

import dev.krpo.settings.Choice;

/** The service behind one value of {@code worker.environment}. */
public interface EnvironmentFactory extends Choice<Environment> {}
