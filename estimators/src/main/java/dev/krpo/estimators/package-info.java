/** Advantage estimators: pure mathematics in double precision, without Kafka, Avro or tensors. */
package dev.krpo.estimators;
