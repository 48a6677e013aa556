/** Rollout engines, which generate completions, and the thread that gives them new policy versions. */
package dev.krpo.worker.engine;
