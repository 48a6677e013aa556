package dev.krpo.policy.chat.jinja;

import static dev.krpo.policy.chat.jinja.CallArguments.MISSING;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** The filters that chat templates use, as Jinja defines them without automatic escaping. */
final class Filters {

    private static final Pattern INTEGER = Pattern.compile("[+-]?\\d+(?:_\\d+)*");
    private static final Pattern FLOAT = Pattern.compile("[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?");
    /** Jinja splits words for the filter title at these. */
    private static final Pattern WORD_BREAK = Pattern.compile("(?<=[-\\s({\\[<])(?![-\\s({\\[<])");

    private static final Map<String, BiFunction<Object, CallArguments, Object>> ALL = Map.ofEntries(
            Map.entry("tojson", PythonJson::filter),
            Map.entry("trim", (value, call) -> {
                Object characters = call.bind(0, "chars")[0];
                return StringMethods.trimmed(text(value), characters == MISSING ? null : characters, true, true);
            }),
            Map.entry("length", Filters::length),
            Map.entry("count", Filters::length),
            Map.entry("default", Filters::orDefault),
            Map.entry("d", Filters::orDefault),
            Map.entry("string", (value, call) -> value instanceof Safe ? value : Values.text(value)),
            Map.entry("safe", (value, call) -> new Safe(Values.text(value))),
            Map.entry("upper", (value, call) -> text(value).toUpperCase(Locale.ROOT)),
            Map.entry("lower", (value, call) -> text(value).toLowerCase(Locale.ROOT)),
            Map.entry("capitalize", (value, call) -> StringMethods.capitalize(text(value))),
            Map.entry("title", (value, call) -> title(text(value))),
            Map.entry("replace", Filters::replace),
            Map.entry("indent", Filters::indent),
            Map.entry("join", Filters::join),
            Map.entry("list", (value, call) -> Values.list(value)),
            Map.entry("first", (value, call) -> first(Values.iterator(value))),
            Map.entry("last", (value, call) -> first(reversed(value).iterator())),
            Map.entry("reverse", Filters::reverse),
            Map.entry("items", Filters::items),
            Map.entry("dictsort", Filters::dictsort),
            Map.entry("map", Filters::map),
            Map.entry("select", (value, call) -> select(value, call, false, true)),
            Map.entry("reject", (value, call) -> select(value, call, false, false)),
            Map.entry("selectattr", (value, call) -> select(value, call, true, true)),
            Map.entry("rejectattr", (value, call) -> select(value, call, true, false)),
            Map.entry("int", Filters::toInteger),
            Map.entry("float", Filters::toFloat));

    private Filters() {}

    static boolean has(String name) {
        return ALL.containsKey(name);
    }

    static Object apply(String name, Object value, CallArguments arguments) {
        BiFunction<Object, CallArguments, Object> filter = ALL.get(name);
        if (filter == null) {
            throw TemplateException.unsupported("The filter '" + name + "'");
        }
        return filter.apply(value, arguments);
    }

    private static String text(Object value) {
        if (value instanceof Safe) {
            throw TemplateException.unsupported("A filter after the filter 'safe'");
        }
        return Values.text(value);
    }

    private static Object length(Object value, CallArguments call) {
        call.bind(0);
        return Values.length(value);
    }

    private static Object orDefault(Object value, CallArguments call) {
        Object[] values = call.bind(0, "default_value", "boolean");
        boolean replacesFalse = values[1] != MISSING && Values.truth(values[1]);
        if (value instanceof Undefined || (replacesFalse && !Values.truth(value))) {
            return values[0] == MISSING ? "" : values[0];
        }
        return value;
    }

    private static String title(String text) {
        StringBuilder title = new StringBuilder(text.length());
        for (String word : WORD_BREAK.split(text)) {
            title.append(StringMethods.capitalize(word));
        }
        return title.toString();
    }

    private static Object replace(Object value, CallArguments call) {
        Object[] values = call.bind(2, "old", "new", "count");
        Long count = values[2] == MISSING || values[2] == null ? Long.valueOf(-1) : Values.integer(values[2]);
        if (count == null) {
            throw new TemplateException("replace needs a whole number as count");
        }
        return StringMethods.replace(text(value), text(values[0]), text(values[1]), count);
    }

    private static Object indent(Object value, CallArguments call) {
        Object[] values = call.bind(0, "width", "first", "blank");
        if (!(value instanceof String text)) {
            throw new TemplateException("indent needs a string, but it is given " + Values.typeName(value));
        }
        Object width = values[0] == MISSING ? Long.valueOf(4) : values[0];
        String indentation = width instanceof String string ? string : (String) Operators.apply("*", " ", width);
        boolean blank = values[2] != MISSING && Values.truth(values[2]);
        List<String> lines = PythonText.lines(text + "\n");
        StringBuilder result = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            if (i > 0) {
                result.append('\n').append(blank || !lines.get(i).isEmpty() ? indentation : "");
            }
            result.append(lines.get(i));
        }
        return (values[1] != MISSING && Values.truth(values[1]) ? indentation : "") + result;
    }

    private static Object join(Object value, CallArguments call) {
        Object[] values = call.bind(0, "d", "attribute");
        UnaryOperator<Object> attribute =
                values[1] == MISSING || values[1] == null ? UnaryOperator.identity() : path(values[1]);
        List<String> parts = new ArrayList<>();
        Values.iterator(value).forEachRemaining(item -> parts.add(Values.text(attribute.apply(item))));
        return String.join(values[0] == MISSING ? "" : Values.text(values[0]), parts);
    }

    private static Object first(Iterator<Object> items) {
        return items.hasNext() ? items.next() : new Undefined("the first or last item was asked of an empty sequence");
    }

    private static List<Object> reversed(Object value) {
        if (value instanceof Stream) {
            throw new TemplateException("the last item of a lazy sequence is not known; insert |list");
        }
        List<Object> items = Values.list(value);
        Collections.reverse(items);
        return items;
    }

    private static Object reverse(Object value, CallArguments call) {
        call.bind(0);
        if (value instanceof String) {
            StringBuilder text = new StringBuilder();
            reversed(value).forEach(text::append);
            return text.toString();
        }
        if (value instanceof Stream stream) {
            List<Object> items = Values.list(stream);
            Collections.reverse(items);
            return items;
        }
        return new Stream(reversed(value).iterator());
    }

    private static Object items(Object value, CallArguments call) {
        call.bind(0);
        if (value instanceof Undefined) {
            return new Stream(List.of().iterator());
        }
        return new Stream(MappingMethods.items(mapping("items", value)).iterator());
    }

    private static Map<?, ?> mapping(String filter, Object value) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new TemplateException(filter + " needs a mapping, but it is given " + Values.typeName(value));
    }

    private static Object dictsort(Object value, CallArguments call) {
        Object[] values = call.bind(0, "case_sensitive", "by", "reverse");
        boolean caseSensitive = values[0] != MISSING && Values.truth(values[0]);
        Object by = values[1] == MISSING ? "key" : values[1];
        if (!"key".equals(by) && !"value".equals(by)) {
            throw new TemplateException("dictsort can sort by 'key' or 'value', but not by " + Values.repr(by));
        }
        int position = by.equals("key") ? 0 : 1;
        Comparator<Object> order = (one, other) -> Values.compare(
                sortKey(((Tuple) one).items().get(position), caseSensitive),
                sortKey(((Tuple) other).items().get(position), caseSensitive));
        List<Object> items = MappingMethods.items(mapping("dictsort", value));
        items.sort(values[2] != MISSING && Values.truth(values[2]) ? order.reversed() : order);
        return items;
    }

    private static Object sortKey(Object value, boolean caseSensitive) {
        return value instanceof String text && !caseSensitive ? text.toLowerCase(Locale.ROOT) : value;
    }

    private static Object map(Object value, CallArguments call) {
        if (!Values.truth(value)) {
            return new Stream(List.of().iterator());
        }
        UnaryOperator<Object> function;
        if (call.positional().isEmpty()) {
            Object[] values = call.bind(0, "attribute", "default");
            if (values[0] == MISSING) {
                throw new TemplateException("map needs the name of a filter or an attribute");
            }
            UnaryOperator<Object> path = path(values[0]);
            Object byDefault = values[1] == MISSING ? null : values[1];
            function = item -> {
                Object found = path.apply(item);
                return found instanceof Undefined && byDefault != null ? byDefault : found;
            };
        } else {
            String filter = text(call.positional().get(0));
            CallArguments rest = rest(filter, call, 1);
            function = item -> apply(filter, item, rest);
        }
        Iterator<Object> items = Values.iterator(value);
        return new Stream(new Iterator<>() {
            @Override
            public boolean hasNext() {
                return items.hasNext();
            }

            @Override
            public Object next() {
                return function.apply(items.next());
            }
        });
    }

    /** Items that pass a test, or whose attribute passes it; without a test, those that are true. */
    private static Object select(Object value, CallArguments call, boolean byAttribute, boolean keepsPassing) {
        if (byAttribute && call.positional().isEmpty()) {
            throw new TemplateException(call.name() + " needs the name of an attribute");
        }
        UnaryOperator<Object> attribute = byAttribute ? path(call.positional().get(0)) : UnaryOperator.identity();
        int offset = byAttribute ? 1 : 0;
        boolean hasTest = call.positional().size() > offset;
        String test = hasTest ? text(call.positional().get(offset)) : "";
        CallArguments rest = rest(test, call, offset + (hasTest ? 1 : 0));
        List<Object> kept = new ArrayList<>();
        Values.iterator(value).forEachRemaining(item -> {
            Object tested = attribute.apply(item);
            boolean passes = hasTest ? Tests.apply(test, tested, rest) : Values.truth(tested);
            if (passes == keepsPassing) {
                kept.add(item);
            }
        });
        return new Stream(kept.iterator());
    }

    private static CallArguments rest(String name, CallArguments call, int from) {
        return new CallArguments(
                name, call.positional().subList(from, call.positional().size()), call.keywords());
    }

    /** Follows a dotted path of names and indices. */
    private static UnaryOperator<Object> path(Object attribute) {
        if (attribute instanceof Long) {
            return item -> Attributes.item(item, attribute);
        }
        String[] names = text(attribute).split("\\.", -1);
        return item -> {
            Object found = item;
            for (String name : names) {
                found = Attributes.item(found, name.matches("\\d{1,9}") ? (Object) Long.valueOf(name) : name);
            }
            return found;
        };
    }

    private static Object toInteger(Object value, CallArguments call) {
        Object[] values = call.bind(0, "default");
        Long integer = Values.integer(value);
        if (integer != null) {
            return integer;
        }
        if (value instanceof Double number && Math.abs(number) < 1L << 53) {
            return number.longValue();
        }
        if (value instanceof String text) {
            String digits = StringMethods.trimmed(text, null, true, true);
            if (INTEGER.matcher(digits).matches() && digits.length() < 19) {
                return Long.valueOf(digits.replace("_", ""));
            }
            if (FLOAT.matcher(digits).matches() && Math.abs(Double.parseDouble(digits)) < 1L << 53) {
                return (long) Double.parseDouble(digits);
            }
        }
        return notANumber(value, values[0] == MISSING ? (Object) 0L : values[0]);
    }

    private static Object toFloat(Object value, CallArguments call) {
        Object[] values = call.bind(0, "default");
        if (Values.isNumber(value)) {
            return Values.number(value);
        }
        if (value instanceof String text) {
            String digits = StringMethods.trimmed(text, null, true, true);
            if (FLOAT.matcher(digits).matches()) {
                return Double.valueOf(digits);
            }
        }
        return notANumber(value, values[0] == MISSING ? (Object) 0.0 : values[0]);
    }

    /** Python reads more than these patterns: other digits, underscores, "inf". */
    private static Object notANumber(Object value, Object byDefault) {
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        boolean mayBe = value instanceof Double
                || (value instanceof String text
                        && text.codePoints().anyMatch(Character::isDigit)
                        && text.codePoints().noneMatch(Character::isLetter));
        if (mayBe || (value instanceof String text && text.matches("(?i)\\s*[+-]?(inf|infinity|nan)\\s*"))) {
            throw TemplateException.unsupported("Converting " + Values.repr(value) + " to a number");
        }
        return byDefault;
    }
}
