/** How completions are scored. */
package dev.krpo.worker.reward;
