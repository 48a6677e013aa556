/** Estimators that compare the completions of one group with each other. */
package dev.krpo.estimators.group;
