package dev.krpo.policy.chat.jinja;

import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;

/** The kinds of statements. */
final class Statements {

    private Statements() {}

    /** Names the position of a tag in the errors of its statement. */
    record Positioned(Source source, int at, Statement statement) implements Statement {
        @Override
        public Flow execute(Scope scope, StringBuilder output) {
            try {
                return statement.execute(scope, output);
            } catch (TemplateException e) {
                throw e.at(source, at);
            }
        }
    }

    record Text(String text) implements Statement {
        @Override
        public Flow execute(Scope scope, StringBuilder output) {
            output.append(text);
            return Flow.NEXT;
        }
    }

    record Print(Expression value) implements Statement {
        @Override
        public Flow execute(Scope scope, StringBuilder output) {
            output.append(Values.text(value.evaluate(scope)));
            return Flow.NEXT;
        }
    }

    record Jump(Flow flow) implements Statement {
        @Override
        public Flow execute(Scope scope, StringBuilder output) {
            return flow;
        }
    }

    /** @param test null for else */
    record Branch(Expression test, List<Statement> body) {}

    record If(List<Branch> branches) implements Statement {
        @Override
        public Flow execute(Scope scope, StringBuilder output) {
            for (Branch branch : branches) {
                if (branch.test() == null || Values.truth(branch.test().evaluate(scope))) {
                    return Statement.executeAll(branch.body(), scope, output);
                }
            }
            return Flow.NEXT;
        }
    }

    /** @param filter null if the loop takes every item */
    record For(Target target, Expression items, Expression filter, List<Statement> body, List<Statement> otherwise)
            implements Statement {
        @Override
        public Flow execute(Scope scope, StringBuilder output) {
            Object value = items.evaluate(scope);
            Iterator<Object> iterator = Values.iterator(value);
            boolean counted = filter == null && !(value instanceof Stream);
            Loop loop = new Loop(
                    filter == null ? iterator : filtered(iterator, scope), counted ? Values.length(value) : -1);
            if (!loop.hasNext()) {
                return Statement.executeAll(otherwise, new Scope(scope), output);
            }
            while (loop.hasNext()) {
                Scope inner = new Scope(scope);
                target.assign(loop.next(), inner);
                inner.set("loop", loop);
                if (Statement.executeAll(body, inner, output) == Flow.BREAK) {
                    break;
                }
            }
            return Flow.NEXT;
        }

        /** Lazy, since the body may change a namespace that the filter reads. */
        private Iterator<Object> filtered(Iterator<Object> all, Scope scope) {
            Predicate<Object> keeps = item -> {
                Scope inner = new Scope(scope);
                target.assign(item, inner);
                return Values.truth(filter.evaluate(inner));
            };
            Iterable<Object> iterable = () -> all;
            return StreamSupport.stream(iterable.spliterator(), false)
                    .filter(keeps)
                    .iterator();
        }
    }

    record Set(Target target, Expression value) implements Statement {
        @Override
        public Flow execute(Scope scope, StringBuilder output) {
            target.assign(value.evaluate(scope), scope);
            return Flow.NEXT;
        }
    }

    /** Assigns the text of a block. */
    record SetBlock(Target target, List<Statement> body) implements Statement {
        @Override
        public Flow execute(Scope scope, StringBuilder output) {
            StringBuilder text = new StringBuilder();
            Statement.executeAll(body, new Scope(scope), text);
            target.assign(text.toString(), scope);
            return Flow.NEXT;
        }
    }

    /** A block with its own variables, such as {@code {% generation %}}. */
    record Block(List<Statement> body) implements Statement {
        @Override
        public Flow execute(Scope scope, StringBuilder output) {
            return Statement.executeAll(body, new Scope(scope), output);
        }
    }

    record Macro(String name, List<Parameter> parameters, List<Statement> body) implements Statement {
        @Override
        public Flow execute(Scope scope, StringBuilder output) {
            scope.set(name, (Callable) arguments -> call(arguments, scope));
            return Flow.NEXT;
        }

        private String call(CallArguments arguments, Scope outer) {
            String[] names = parameters.stream().map(Parameter::name).toArray(String[]::new);
            Object[] values = arguments.bind(0, names);
            Scope inner = new Scope(outer);
            for (int i = 0; i < names.length; i++) {
                Expression byDefault = parameters.get(i).byDefault();
                Object value = values[i];
                if (value == CallArguments.MISSING) {
                    value = byDefault == null
                            ? new Undefined("parameter '" + names[i] + "' was not provided")
                            : byDefault.evaluate(inner);
                }
                inner.set(names[i], value);
            }
            StringBuilder text = new StringBuilder();
            Statement.executeAll(body, inner, text);
            return text.toString();
        }
    }

    /** @param byDefault null if there is none */
    record Parameter(String name, Expression byDefault) {}
}
