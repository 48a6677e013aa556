/** Re-estimates a recorded run with other estimators and compares them on its rollouts. */
package dev.krpo.streams.reestimate;
