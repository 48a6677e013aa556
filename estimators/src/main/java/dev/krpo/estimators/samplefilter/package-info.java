/** Filters that select the completions of a group for training. */
package dev.krpo.estimators.samplefilter;
