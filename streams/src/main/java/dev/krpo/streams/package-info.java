/** The topology that turns rollouts into advantages, its settings and the process that runs it. */
package dev.krpo.streams;
