package dev.krpo.cli.prompts;

import dev.krpo.runtime.prompts.PromptFormat;
import picocli.CommandLine.Option;

/** Options that map a line of JSONL to a prompt. */
public final class PromptFormatOptions {

    @Option(
            names = "--question-field",
            paramLabel = "NAME",
            defaultValue = "question",
            description = "Field with the question (default: ${DEFAULT-VALUE}).")
    private String questionField;

    @Option(
            names = "--answer-field",
            paramLabel = "NAME",
            defaultValue = "answer",
            description = "Field with the reference answer (default: ${DEFAULT-VALUE}).")
    private String answerField;

    @Option(
            names = "--template",
            paramLabel = "TEXT",
            description = "The prompt's text, with {field} for fields of the line (default: the question)."
                    + " Example: --template 'Question: {question} Answer: '")
    private String template;

    /**
     * @param idField field with the prompt's id, or null to derive the id from the content
     * @param dataset the dataset that the prompts belong to
     */
    public PromptFormat format(String idField, String dataset) {
        return new PromptFormat(questionField, answerField, idField, template, dataset);
    }
}
