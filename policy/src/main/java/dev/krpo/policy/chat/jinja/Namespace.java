package dev.krpo.policy.chat.jinja;

import java.util.HashMap;
import java.util.Map;

/** The only mutable value of a template: {@code {% set ns.name = value %}}. */
final class Namespace {

    private final Map<String, Object> attributes = new HashMap<>();

    Object get(String name) {
        return attributes.containsKey(name)
                ? attributes.get(name)
                : new Undefined("the namespace has no attribute '" + name + "'");
    }

    void set(String name, Object value) {
        if (name.startsWith("_")) {
            throw new TemplateException("the attribute '" + name + "' of a namespace may not start with an underscore");
        }
        attributes.put(name, value);
    }
}
