package dev.krpo.policy.chat.jinja;

import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;

/** The tests that chat templates use after {@code is}, as Jinja defines them. */
final class Tests {

    private static final Map<String, BiPredicate<Object, CallArguments>> ALL = Map.ofEntries(
            Map.entry("defined", (value, call) -> !(value instanceof Undefined)),
            Map.entry("undefined", (value, call) -> value instanceof Undefined),
            Map.entry("none", (value, call) -> value == null),
            Map.entry("boolean", (value, call) -> value instanceof Boolean),
            Map.entry("true", (value, call) -> Boolean.TRUE.equals(value)),
            Map.entry("false", (value, call) -> Boolean.FALSE.equals(value)),
            Map.entry("integer", (value, call) -> value instanceof Long),
            Map.entry("float", (value, call) -> value instanceof Double),
            Map.entry("number", (value, call) -> Values.isNumber(value)),
            Map.entry("string", (value, call) -> value instanceof String || value instanceof Safe),
            Map.entry("mapping", (value, call) -> value instanceof Map<?, ?>),
            Map.entry("iterable", (value, call) -> Values.isIterable(value) || value instanceof Safe),
            Map.entry("sequence", (value, call) -> isSequence(value)),
            // As in Jinja, where calling an undefined value is an error of its own.
            Map.entry("callable", (value, call) -> value instanceof Callable || value instanceof Undefined),
            Map.entry("odd", (value, call) -> Long.valueOf(1).equals(Operators.apply("%", value, 2L))),
            Map.entry("even", (value, call) -> Long.valueOf(0).equals(Operators.apply("%", value, 2L))),
            Map.entry("divisibleby", (value, call) -> Long.valueOf(0).equals(Operators.apply("%", value, other(call)))),
            Map.entry("in", (value, call) -> Values.contains(other(call), value)),
            Map.entry("eq", comparison("==")),
            Map.entry("equalto", comparison("==")),
            Map.entry("==", comparison("==")),
            Map.entry("ne", comparison("!=")),
            Map.entry("!=", comparison("!=")),
            Map.entry("lt", comparison("<")),
            Map.entry("lessthan", comparison("<")),
            Map.entry("<", comparison("<")),
            Map.entry("le", comparison("<=")),
            Map.entry("<=", comparison("<=")),
            Map.entry("gt", comparison(">")),
            Map.entry("greaterthan", comparison(">")),
            Map.entry(">", comparison(">")),
            Map.entry("ge", comparison(">=")),
            Map.entry(">=", comparison(">=")));

    private Tests() {}

    static boolean has(String name) {
        return ALL.containsKey(name);
    }

    static boolean apply(String name, Object value, CallArguments arguments) {
        BiPredicate<Object, CallArguments> test = ALL.get(name);
        if (test == null) {
            throw TemplateException.unsupported("The test 'is " + name + "'");
        }
        return test.test(value, arguments);
    }

    private static BiPredicate<Object, CallArguments> comparison(String operator) {
        return (value, call) -> Expressions.Comparison.holds(operator, value, other(call));
    }

    private static Object other(CallArguments call) {
        return call.bind(1, "other")[0];
    }

    /** As in Jinja, everything with a length and items. */
    private static boolean isSequence(Object value) {
        return value instanceof String
                || value instanceof Safe
                || value instanceof List<?>
                || value instanceof Map<?, ?>
                || value instanceof Tuple
                || (value instanceof View view && view.indexable())
                || value instanceof Undefined;
    }
}
