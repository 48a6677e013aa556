/** {@code krpo experiment}: configuration, runs, statistics, report. */
package dev.krpo.experiments;
