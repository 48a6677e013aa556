package dev.krpo.cli.data;

import com.fasterxml.jackson.annotation.JsonProperty;

/** One line of an arithmetic file, in the form of the paper's data. */
public record ArithmeticQuestion(
        String question,
        String answer,
        @JsonProperty("num_terms") int terms,
        @JsonProperty("num_digits") int digits) {}
