package dev.krpo.policy.chat.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Python's rules for values. None is {@code null}, int {@code Long}, float {@code Double}, str {@code String}, list
 * {@code List}, dict {@code Map}.
 */
final class Values {

    private Values() {}

    /**
     * A value of the caller as a template sees it.
     *
     * @throws TemplateException if it is of an unsupported type, naming it
     */
    static Object of(Object value) {
        if (value == null || value instanceof String || value instanceof Boolean || value instanceof Long) {
            return value;
        }
        if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return ((Number) value).longValue();
        }
        if (value instanceof Double || value instanceof Float) {
            return ((Number) value).doubleValue();
        }
        if (value instanceof List<?> list) {
            List<Object> copy = new ArrayList<>(list.size());
            list.forEach(item -> copy.add(of(item)));
            return copy;
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> copy = new LinkedHashMap<>();
            map.forEach((key, item) -> copy.put(of(key), of(item)));
            return copy;
        }
        throw new TemplateException("the value " + value + " is of type "
                + value.getClass().getName() + "; use strings, numbers of at most 64 bits, booleans, lists and maps");
    }

    static boolean truth(Object value) {
        if (value instanceof Boolean bool) {
            return bool;
        }
        if (value instanceof Double number) {
            return number != 0;
        }
        if (value instanceof Long number) {
            return number != 0;
        }
        if (value instanceof String text) {
            return !text.isEmpty();
        }
        if (value instanceof List<?> || value instanceof Map<?, ?> || value instanceof Tuple || value instanceof View) {
            return length(value) > 0;
        }
        if (value instanceof Safe safe) {
            return !safe.text().isEmpty();
        }
        return value != null && !(value instanceof Undefined);
    }

    /** {@code len(value)}; of a string in code points. */
    static long length(Object value) {
        if (value instanceof String text) {
            return text.codePointCount(0, text.length());
        }
        if (value instanceof List<?> list) {
            return list.size();
        }
        if (value instanceof Map<?, ?> map) {
            return map.size();
        }
        if (value instanceof Tuple tuple) {
            return tuple.items().size();
        }
        if (value instanceof View view) {
            return view.items().size();
        }
        if (value instanceof Undefined) {
            return 0;
        }
        throw new TemplateException(typeName(value) + " has no length");
    }

    /** {@code list(value)}. */
    static List<Object> list(Object value) {
        List<Object> items = new ArrayList<>();
        iterator(value).forEachRemaining(items::add);
        return items;
    }

    /** {@code iter(value)}. */
    @SuppressWarnings("unchecked")
    static Iterator<Object> iterator(Object value) {
        if (value instanceof List<?> list) {
            return ((List<Object>) list).iterator();
        }
        if (value instanceof Map<?, ?> map) {
            return ((Map<Object, Object>) map).keySet().iterator();
        }
        if (value instanceof String text) {
            return text.codePoints()
                    .mapToObj(point -> (Object) Character.toString(point))
                    .iterator();
        }
        if (value instanceof Tuple tuple) {
            return tuple.items().iterator();
        }
        if (value instanceof View view) {
            return view.items().iterator();
        }
        if (value instanceof Stream stream) {
            return stream.items();
        }
        if (value instanceof Undefined) {
            return List.of().iterator();
        }
        throw new TemplateException(typeName(value) + " cannot be iterated over");
    }

    static boolean isIterable(Object value) {
        return value instanceof List<?>
                || value instanceof Map<?, ?>
                || value instanceof String
                || value instanceof Tuple
                || value instanceof View
                || value instanceof Stream
                || value instanceof Undefined;
    }

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    /** The number of an int or a bool; null for everything else. */
    static Long integer(Object value) {
        if (value instanceof Boolean bool) {
            return bool ? 1L : 0L;
        }
        return value instanceof Long number ? number : null;
    }

    static double number(Object value) {
        Long integer = integer(value);
        return integer == null ? (Double) value : integer.doubleValue();
    }

    static boolean areEqual(Object left, Object right) {
        if (isNumber(left) && isNumber(right)) {
            return compareNumbers(left, right) == 0;
        }
        if (left instanceof List<?> one && right instanceof List<?> other) {
            return itemsEqual(one, other);
        }
        if (left instanceof Tuple one && right instanceof Tuple other) {
            return itemsEqual(one.items(), other.items());
        }
        if (left instanceof Map<?, ?> one && right instanceof Map<?, ?> other) {
            return one.size() == other.size()
                    && one.entrySet().stream()
                            .allMatch(entry -> other.containsKey(entry.getKey())
                                    && areEqual(entry.getValue(), other.get(entry.getKey())));
        }
        if (left instanceof View || right instanceof View || left instanceof Safe || right instanceof Safe) {
            throw TemplateException.unsupported("Comparing " + typeName(left) + " with " + typeName(right));
        }
        return Objects.equals(left, right);
    }

    private static boolean itemsEqual(List<?> one, List<?> other) {
        if (one.size() != other.size()) {
            return false;
        }
        for (int i = 0; i < one.size(); i++) {
            if (!areEqual(one.get(i), other.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** Two numbers; NaN compares as unequal to everything, which no order of Java expresses, so it is rejected. */
    private static int compareNumbers(Object left, Object right) {
        Long one = integer(left);
        Long other = integer(right);
        if (one != null && other != null) {
            return one.compareTo(other);
        }
        double first = number(left);
        double second = number(right);
        if (Double.isNaN(first) || Double.isNaN(second) || isInexact(one) || isInexact(other)) {
            throw TemplateException.unsupported("Comparing " + left + " with " + right);
        }
        return first == second ? 0 : Double.compare(first, second);
    }

    private static boolean isInexact(Long integer) {
        return integer != null && Math.abs(integer) > 1L << 53;
    }

    /** Negative, zero or positive, as the left value is less than, equal to or greater than the right one. */
    static int compare(Object left, Object right) {
        if (isNumber(left) && isNumber(right)) {
            return compareNumbers(left, right);
        }
        if (left instanceof String one && right instanceof String other) {
            return compareStrings(one, other);
        }
        if (left instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.error();
        }
        throw new TemplateException(typeName(left) + " and " + typeName(right) + " have no order");
    }

    /** By code points, as in Python; Java compares UTF-16 units. */
    private static int compareStrings(String one, String other) {
        int[] first = one.codePoints().toArray();
        int[] second = other.codePoints().toArray();
        return Arrays.compare(first, second);
    }

    /** {@code item in container}. */
    static boolean contains(Object container, Object item) {
        if (container instanceof String text) {
            if (item instanceof String part) {
                return text.contains(part);
            }
            throw new TemplateException(
                    "'in' needs a string on its left side for a string, but it has " + typeName(item));
        }
        if (container instanceof Map<?, ?> map) {
            return map.containsKey(key(item));
        }
        for (Iterator<Object> items = iterator(container); items.hasNext(); ) {
            if (areEqual(items.next(), item)) {
                return true;
            }
        }
        return false;
    }

    /** A key of a mapping; values that are equal in Python must be equal here, and lists and mappings have no hash. */
    static Object key(Object key) {
        if (key instanceof List<?> || key instanceof Map<?, ?>) {
            throw new TemplateException(typeName(key) + " cannot be the key of a mapping");
        }
        if (key instanceof Boolean || key instanceof Double || key instanceof Tuple) {
            throw TemplateException.unsupported("A " + typeName(key) + " as the key of a mapping");
        }
        return key;
    }

    /** {@code str(value)}, which is also how a value is printed. */
    static String text(Object value) {
        if (value instanceof String text) {
            return text;
        }
        if (value instanceof Safe safe) {
            return safe.text();
        }
        return value instanceof Undefined ? "" : repr(value);
    }

    static String repr(Object value) {
        if (value == null) {
            return "None";
        }
        if (value instanceof String text) {
            return PythonText.repr(text);
        }
        if (value instanceof Boolean bool) {
            return bool ? "True" : "False";
        }
        if (value instanceof Long number) {
            return number.toString();
        }
        if (value instanceof Double number) {
            return PythonText.repr(number);
        }
        if (value instanceof List<?> list) {
            return '[' + String.join(", ", list.stream().map(Values::repr).toList()) + ']';
        }
        if (value instanceof Tuple tuple) {
            List<String> items = tuple.items().stream().map(Values::repr).toList();
            return '(' + String.join(", ", items) + (items.size() == 1 ? ",)" : ")");
        }
        if (value instanceof Map<?, ?> map) {
            return '{'
                    + String.join(
                            ", ",
                            map.entrySet().stream()
                                    .map(entry -> repr(entry.getKey()) + ": " + repr(entry.getValue()))
                                    .toList())
                    + '}';
        }
        if (value instanceof Undefined) {
            return "Undefined";
        }
        throw TemplateException.unsupported("Printing " + typeName(value));
    }

    /** For messages. */
    static String typeName(Object value) {
        if (value == null) {
            return "None";
        }
        if (value instanceof String) {
            return "a string";
        }
        if (value instanceof Boolean) {
            return "a boolean";
        }
        if (value instanceof Long || value instanceof Double) {
            return "a number";
        }
        if (value instanceof List<?>) {
            return "a list";
        }
        if (value instanceof Map<?, ?>) {
            return "a mapping";
        }
        if (value instanceof Undefined) {
            return "an undefined value";
        }
        return "a value of the kind " + value.getClass().getSimpleName();
    }
}
