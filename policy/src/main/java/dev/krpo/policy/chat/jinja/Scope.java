package dev.krpo.policy.chat.jinja;

import java.util.HashMap;
import java.util.Map;

/** Variables of a template, loop body or macro; a name that is not set here is looked up in the surrounding scope. */
final class Scope {

    private final Scope parent;
    private final Map<String, Object> variables;

    Scope(Scope parent) {
        this(parent, new HashMap<>());
    }

    Scope(Scope parent, Map<String, Object> variables) {
        this.parent = parent;
        this.variables = variables;
    }

    Object get(String name) {
        for (Scope scope = this; scope != null; scope = scope.parent) {
            if (scope.variables.containsKey(name)) {
                return scope.variables.get(name);
            }
        }
        return new Undefined("'" + name + "' is undefined");
    }

    void set(String name, Object value) {
        variables.put(name, value);
    }
}
