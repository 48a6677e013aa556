package dev.krpo.policy.chat.jinja;

import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The part of Jinja 3.1 that chat templates use, with the settings, functions and filters of Hugging Face transformers.
 * It renders exactly what transformers renders, or fails with a message that names construct and position. Values are
 * data: nothing in them is interpreted. Thread-safe.
 */
public final class JinjaTemplate {

    private final List<Statement> statements;

    private JinjaTemplate(List<Statement> statements) {
        this.statements = statements;
    }

    /**
     * Parses a template.
     *
     * @throws TemplateException if it is malformed or uses an unsupported construct, naming construct and position
     */
    public static JinjaTemplate parse(String template) {
        return new JinjaTemplate(Parser.parse(Source.of(template)));
    }

    /**
     * Renders it.
     *
     * @param variables strings, numbers of at most 64 bits, booleans, lists, maps and null
     * @param now the time that {@code strftime_now} formats; null if a template that calls it is to fail
     * @throws TemplateException if Python would raise an error, the template calls {@code raise_exception}, or a value
     *     cannot be rendered exactly, naming the position
     */
    public String render(Map<String, ?> variables, LocalDateTime now) {
        Map<String, Object> values = new HashMap<>();
        variables.forEach((name, value) -> values.put(name, Values.of(value)));
        StringBuilder output = new StringBuilder();
        try {
            Statement.executeAll(statements, new Scope(Globals.scope(now), values), output);
        } catch (StackOverflowError e) {
            throw new TemplateException("the macros of the template call each other too deeply");
        }
        return output.toString();
    }
}
