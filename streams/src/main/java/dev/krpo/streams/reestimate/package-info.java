/** Estimating a recorded run again with other estimators, and comparing them on its rollouts. */
package dev.krpo.streams.reestimate;
