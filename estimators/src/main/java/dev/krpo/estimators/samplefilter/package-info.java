/** Which completions of a group training gets. */
package dev.krpo.estimators.samplefilter;
