package dev.krpo.policy.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Attributes, items and slices of values, as the sandbox of Jinja finds them. */
final class Attributes {

    private static final Set<String> MUTATORS = Set.of(
            "append",
            "clear",
            "extend",
            "insert",
            "pop",
            "popitem",
            "remove",
            "reverse",
            "setdefault",
            "sort",
            "update");

    private Attributes() {}

    /** {@code value.name}: a method hides a key of the same name. */
    static Object attribute(Object value, String name) {
        Object attribute = method(value, name);
        if (attribute != null) {
            return attribute;
        }
        if (value instanceof Map<?, ?> map && map.containsKey(name)) {
            return map.get(name);
        }
        return missing(value, name);
    }

    /** {@code value[key]}: a key hides a method of the same name. */
    static Object item(Object value, Object key) {
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (value instanceof Safe) {
            throw TemplateException.unsupported("An item of text after the filter 'safe'");
        }
        boolean isKey = !(key instanceof List<?> || key instanceof Map<?, ?>);
        if (value instanceof Map<?, ?> map && isKey && map.containsKey(Values.key(key))) {
            return map.get(key);
        }
        Long index = Values.integer(key);
        if (index != null && isSequence(value)) {
            List<Object> items = Values.list(value);
            long position = index < 0 ? index + items.size() : index;
            return position >= 0 && position < items.size() ? items.get((int) position) : missing(value, key);
        }
        Object attribute = key instanceof String name ? method(value, name) : null;
        return attribute == null ? missing(value, key) : attribute;
    }

    private static boolean isSequence(Object value) {
        return value instanceof List<?>
                || value instanceof String
                || value instanceof Tuple
                || (value instanceof View view && view.indexable());
    }

    private static Undefined missing(Object value, Object key) {
        return new Undefined(Values.typeName(value) + " has no attribute or item " + Values.repr(key));
    }

    /** A method or attribute of a value's type; null if it has none of this name. */
    private static Object method(Object value, String name) {
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (name.startsWith("__")) {
            throw TemplateException.unsupported("The internal attribute '" + name + "'");
        }
        if (value instanceof Namespace namespace) {
            return namespace.get(name);
        }
        if (value instanceof Loop loop) {
            return loop.attribute(name);
        }
        if (value instanceof String text) {
            return StringMethods.method(text, name);
        }
        if (value instanceof Map<?, ?> || value instanceof List<?>) {
            if (value instanceof Map<?, ?> map && MappingMethods.has(name)) {
                return MappingMethods.method(map, name);
            }
            if (MUTATORS.contains(name) && !(value instanceof Map<?, ?> map && map.containsKey(name))) {
                return new Undefined("changing " + Values.typeName(value) + " with '" + name
                        + "' is not allowed in a chat template; use a namespace");
            }
            if (value instanceof List<?> && Set.of("copy", "count", "index").contains(name)) {
                throw TemplateException.unsupported("The method '" + name + "' of a list");
            }
            return null;
        }
        if (value == null || value instanceof Long || value instanceof Double || value instanceof Boolean) {
            return null;
        }
        throw TemplateException.unsupported("The attribute '" + name + "' of " + Values.typeName(value));
    }

    /** {@code value[start:stop:step]}; a bound that is None or was left out is null. */
    static Object slice(Object value, Object start, Object stop, Object step) {
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (!isSequence(value) || value instanceof View) {
            throw TemplateException.unsupported("A slice of " + Values.typeName(value));
        }
        List<Object> items = Values.list(value);
        long by = bound(step, 1);
        if (by == 0) {
            throw new TemplateException("the step of a slice is 0; it must not be");
        }
        long size = items.size();
        by = Math.max(-size - 1, Math.min(size + 1, by));
        long low = by > 0 ? 0 : -1;
        long high = by > 0 ? size : size - 1;
        long from = start == null ? (by > 0 ? low : high) : clamp(bound(start, 0), size, low, high);
        long to = stop == null ? (by > 0 ? high : low) : clamp(bound(stop, 0), size, low, high);
        List<Object> slice = new ArrayList<>();
        for (long i = from; by > 0 ? i < to : i > to; i += by) {
            slice.add(items.get((int) i));
        }
        if (value instanceof String) {
            StringBuilder text = new StringBuilder();
            slice.forEach(text::append);
            return text.toString();
        }
        return value instanceof Tuple ? new Tuple(slice) : slice;
    }

    private static long bound(Object value, long byDefault) {
        if (value == null) {
            return byDefault;
        }
        Long bound = Values.integer(value);
        if (bound == null) {
            throw new TemplateException(
                    "a bound of a slice is " + Values.typeName(value) + "; a whole number is needed");
        }
        return bound;
    }

    private static long clamp(long bound, long size, long low, long high) {
        return Math.max(low, Math.min(high, bound < 0 ? bound + size : bound));
    }
}
