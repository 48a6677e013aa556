package dev.krpo.policy.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The kinds of expressions. */
final class Expressions {

    private Expressions() {}

    private static List<Object> evaluateAll(List<Expression> expressions, Scope scope) {
        List<Object> values = new ArrayList<>(expressions.size());
        expressions.forEach(expression -> values.add(expression.evaluate(scope)));
        return values;
    }

    record Literal(Object value) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return value;
        }
    }

    record Name(String name) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return scope.get(name);
        }
    }

    record ListOf(List<Expression> items) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return evaluateAll(items, scope);
        }
    }

    record TupleOf(List<Expression> items) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return new Tuple(evaluateAll(items, scope));
        }
    }

    record Pair(Expression key, Expression value) {}

    record MappingOf(List<Pair> pairs) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            Map<Object, Object> map = new LinkedHashMap<>();
            pairs.forEach(pair ->
                    map.put(Values.key(pair.key().evaluate(scope)), pair.value().evaluate(scope)));
            return map;
        }
    }

    record Attribute(Expression target, String name) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return Attributes.attribute(target.evaluate(scope), name);
        }
    }

    record Item(Expression target, Expression key) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return Attributes.item(target.evaluate(scope), key.evaluate(scope));
        }
    }

    /** @param start null if left out, as stop and step */
    record Slice(Expression target, Expression start, Expression stop, Expression step) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return Attributes.slice(
                    target.evaluate(scope), bound(start, scope), bound(stop, scope), bound(step, scope));
        }

        private static Object bound(Expression bound, Scope scope) {
            return bound == null ? null : bound.evaluate(scope);
        }
    }

    record Call(Expression target, String name, Arguments arguments) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            Object function = target.evaluate(scope);
            if (function instanceof Undefined undefined) {
                throw undefined.error();
            }
            if (function instanceof Callable callable) {
                return callable.call(arguments.evaluate(name, scope));
            }
            throw new TemplateException("'" + name + "' is " + Values.typeName(function) + " and cannot be called");
        }
    }

    record Filtered(Expression value, String name, Arguments arguments) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return Filters.apply(name, value.evaluate(scope), arguments.evaluate(name, scope));
        }
    }

    record Tested(Expression value, String name, Arguments arguments) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return Tests.apply(name, value.evaluate(scope), arguments.evaluate(name, scope));
        }
    }

    record Not(Expression operand) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return !Values.truth(operand.evaluate(scope));
        }
    }

    record And(Expression left, Expression right) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            Object value = left.evaluate(scope);
            return Values.truth(value) ? right.evaluate(scope) : value;
        }
    }

    record Or(Expression left, Expression right) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            Object value = left.evaluate(scope);
            return Values.truth(value) ? value : right.evaluate(scope);
        }
    }

    /** @param otherwise null if there is no else */
    record Conditional(Expression test, Expression then, Expression otherwise) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            if (Values.truth(test.evaluate(scope))) {
                return then.evaluate(scope);
            }
            return otherwise == null
                    ? new Undefined("the inline if has no else, and its condition is false")
                    : otherwise.evaluate(scope);
        }
    }

    record Negative(Expression operand) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return Operators.negate(operand.evaluate(scope));
        }
    }

    record Arithmetic(String operator, Expression left, Expression right) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return Operators.apply(operator, left.evaluate(scope), right.evaluate(scope));
        }
    }

    record Concatenation(List<Expression> parts) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            StringBuilder text = new StringBuilder();
            evaluateAll(parts, scope).forEach(part -> text.append(Values.text(part)));
            return text.toString();
        }
    }

    record Operand(String operator, Expression value) {}

    /** A chain such as {@code 0 < x <= 3}. */
    record Comparison(Expression first, List<Operand> operands) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            Object left = first.evaluate(scope);
            for (Operand operand : operands) {
                Object right = operand.value().evaluate(scope);
                if (!holds(operand.operator(), left, right)) {
                    return false;
                }
                left = right;
            }
            return true;
        }

        static boolean holds(String operator, Object left, Object right) {
            return switch (operator) {
                case "==" -> Values.areEqual(left, right);
                case "!=" -> !Values.areEqual(left, right);
                case "<" -> Values.compare(left, right) < 0;
                case "<=" -> Values.compare(left, right) <= 0;
                case ">" -> Values.compare(left, right) > 0;
                case ">=" -> Values.compare(left, right) >= 0;
                case "in" -> Values.contains(right, left);
                case "not in" -> !Values.contains(right, left);
                default -> throw new IllegalStateException(operator);
            };
        }
    }
}
