/** Environments, which turn completions into scores; a reward is the one-turn case. */
package dev.krpo.worker.environment;
