/** Baselines from a Kalman filter: {@code krpo}, and {@code krpo-reference} as published. */
package dev.krpo.estimators.kalman;
