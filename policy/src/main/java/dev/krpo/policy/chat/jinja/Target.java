package dev.krpo.policy.chat.jinja;

import java.util.List;

/** The left side of an assignment. */
interface Target {

    void assign(Object value, Scope scope);

    record Variable(String name) implements Target {
        @Override
        public void assign(Object value, Scope scope) {
            scope.set(name, value);
        }
    }

    record NamespaceAttribute(String namespace, String name) implements Target {
        @Override
        public void assign(Object value, Scope scope) {
            if (!(scope.get(namespace) instanceof Namespace found)) {
                throw new TemplateException("'" + namespace + "." + name + "' cannot be set, since '" + namespace
                        + "' is " + Values.typeName(scope.get(namespace)) + " and not a namespace");
            }
            found.set(name, value);
        }
    }

    record Several(List<Target> targets) implements Target {
        @Override
        public void assign(Object value, Scope scope) {
            List<Object> values = Values.list(value);
            if (values.size() != targets.size()) {
                throw new TemplateException(
                        values.size() + " values cannot be assigned to " + targets.size() + " variables");
            }
            for (int i = 0; i < targets.size(); i++) {
                targets.get(i).assign(values.get(i), scope);
            }
        }
    }
}
