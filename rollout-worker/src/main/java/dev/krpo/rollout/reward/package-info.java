/** How completions are scored. */
package dev.krpo.rollout.reward;
