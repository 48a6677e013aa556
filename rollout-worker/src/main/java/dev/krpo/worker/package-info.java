/** The rollout worker: takes tasks, generates, scores, publishes. */
package dev.krpo.worker;
