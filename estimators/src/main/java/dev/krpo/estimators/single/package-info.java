/** Estimators that take completions one by one. */
package dev.krpo.estimators.single;
