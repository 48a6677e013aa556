package dev.krpo.policy.chat.jinja;

import java.util.List;

/** A part of a template that prints, assigns or controls. */
interface Statement {

    /** How a statement ended. */
    enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    /**
     * Executes it and appends its text.
     *
     * @throws TemplateException if Python would raise an error, or if it cannot be rendered exactly
     */
    Flow execute(Scope scope, StringBuilder output);

    /** Executes statements in order until one breaks or continues a loop. */
    static Flow executeAll(List<Statement> statements, Scope scope, StringBuilder output) {
        for (Statement statement : statements) {
            Flow flow = statement.execute(scope, output);
            if (flow != Flow.NEXT) {
                return flow;
            }
        }
        return Flow.NEXT;
    }
}
