/** How good a policy is on prompts that it was not trained on. */
package dev.krpo.worker.evaluate;
