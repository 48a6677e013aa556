package dev.krpo.policy.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.IntPredicate;

/** Methods of a Python str. */
final class StringMethods {

    private static final Map<String, BiFunction<String, CallArguments, Object>> ALL = Map.ofEntries(
            Map.entry("strip", (text, call) -> strip(text, call, true, true)),
            Map.entry("lstrip", (text, call) -> strip(text, call, true, false)),
            Map.entry("rstrip", (text, call) -> strip(text, call, false, true)),
            Map.entry("startswith", (text, call) -> affixes(call).stream().anyMatch(text::startsWith)),
            Map.entry("endswith", (text, call) -> affixes(call).stream().anyMatch(text::endsWith)),
            Map.entry("split", StringMethods::split),
            Map.entry("splitlines", (text, call) -> {
                call.bind(0);
                return new ArrayList<Object>(PythonText.lines(text));
            }),
            Map.entry("upper", (text, call) -> {
                call.bind(0);
                return text.toUpperCase(Locale.ROOT);
            }),
            Map.entry("lower", (text, call) -> {
                call.bind(0);
                return text.toLowerCase(Locale.ROOT);
            }),
            Map.entry("title", (text, call) -> {
                call.bind(0);
                return title(text);
            }),
            Map.entry("capitalize", (text, call) -> {
                call.bind(0);
                return capitalize(text);
            }),
            Map.entry("replace", (text, call) -> {
                Object[] values = call.bind(2, "old", "new", "count");
                long count = values[2] == CallArguments.MISSING ? -1 : whole(call, values[2]);
                return replace(text, string(call, values[0]), string(call, values[1]), count);
            }),
            Map.entry("find", (text, call) -> codePoints(text, text.indexOf(string(call, call.bind(1, "sub")[0])))),
            Map.entry(
                    "rfind", (text, call) -> codePoints(text, text.lastIndexOf(string(call, call.bind(1, "sub")[0])))),
            Map.entry("count", (text, call) -> count(text, string(call, call.bind(1, "sub")[0]))),
            Map.entry("join", StringMethods::join),
            Map.entry("removeprefix", (text, call) -> {
                String prefix = string(call, call.bind(1, "prefix")[0]);
                return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
            }),
            Map.entry("removesuffix", (text, call) -> {
                String suffix = string(call, call.bind(1, "suffix")[0]);
                return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
            }));

    private static final Set<String> MISSING = Set.of(
            "casefold",
            "center",
            "encode",
            "expandtabs",
            "format",
            "format_map",
            "index",
            "isalnum",
            "isalpha",
            "isascii",
            "isdecimal",
            "isdigit",
            "isidentifier",
            "islower",
            "isnumeric",
            "isprintable",
            "isspace",
            "istitle",
            "isupper",
            "ljust",
            "maketrans",
            "partition",
            "rindex",
            "rjust",
            "rpartition",
            "rsplit",
            "swapcase",
            "translate",
            "zfill");

    private StringMethods() {}

    /** True if templates may call a method of this name on a string. */
    static boolean has(String name) {
        return ALL.containsKey(name);
    }

    /** The bound method; null if a Python str has none of this name. */
    static Callable method(String text, String name) {
        BiFunction<String, CallArguments, Object> method = ALL.get(name);
        if (method == null) {
            if (MISSING.contains(name)) {
                throw TemplateException.unsupported("The string method '" + name + "'");
            }
            return null;
        }
        return call -> method.apply(text, call);
    }

    private static String strip(String text, CallArguments call, boolean left, boolean right) {
        Object characters = call.bind(0, "chars")[0];
        return trimmed(text, characters == CallArguments.MISSING ? null : characters, left, right);
    }

    /** @param characters to strip; null for whitespace */
    static String trimmed(String text, Object characters, boolean left, boolean right) {
        IntPredicate strips = PythonText::isSpace;
        if (characters instanceof String set) {
            strips = character -> set.indexOf(character) >= 0;
        } else if (characters != null) {
            throw new TemplateException("strip needs a string, but it is given " + Values.typeName(characters));
        }
        int start = 0;
        int end = text.length();
        while (left && start < end && strips.test(text.codePointAt(start))) {
            start = text.offsetByCodePoints(start, 1);
        }
        while (right && end > start && strips.test(text.codePointBefore(end))) {
            end = text.offsetByCodePoints(end, -1);
        }
        return text.substring(start, end);
    }

    private static List<String> affixes(CallArguments call) {
        Object affix = call.bind(1, "affix")[0];
        List<Object> affixes = affix instanceof Tuple tuple ? tuple.items() : List.of(string(call, affix));
        return affixes.stream().map(one -> string(call, one)).toList();
    }

    private static Object split(String text, CallArguments call) {
        Object[] values = call.bind(0, "sep", "maxsplit");
        long limit = values[1] == CallArguments.MISSING ? -1 : whole(call, values[1]);
        if (values[0] == CallArguments.MISSING || values[0] == null) {
            return words(text, limit);
        }
        String separator = string(call, values[0]);
        if (separator.isEmpty()) {
            throw new TemplateException("split has an empty separator; give one, or none for whitespace");
        }
        List<Object> parts = new ArrayList<>();
        int start = 0;
        for (int at = text.indexOf(separator); at >= 0 && parts.size() != limit; at = text.indexOf(separator, start)) {
            parts.add(text.substring(start, at));
            start = at + separator.length();
        }
        parts.add(text.substring(start));
        return parts;
    }

    private static List<Object> words(String text, long limit) {
        List<Object> words = new ArrayList<>();
        String rest = trimmed(text, null, true, false);
        while (!rest.isEmpty()) {
            int end = 0;
            while (end < rest.length() && !PythonText.isSpace(rest.charAt(end))) {
                end++;
            }
            if (words.size() == limit) {
                words.add(rest);
                break;
            }
            words.add(rest.substring(0, end));
            rest = trimmed(rest.substring(end), null, true, false);
        }
        return words;
    }

    static String replace(String text, String old, String replacement, long count) {
        if (old.isEmpty()) {
            throw TemplateException.unsupported("replace with nothing to search for");
        }
        StringBuilder result = new StringBuilder();
        int start = 0;
        long left = count;
        for (int at = text.indexOf(old); at >= 0 && left != 0; at = text.indexOf(old, start)) {
            result.append(text, start, at).append(replacement);
            start = at + old.length();
            left--;
        }
        return result.append(text, start, text.length()).toString();
    }

    private static long count(String text, String part) {
        return part.isEmpty()
                ? Values.length(text) + 1
                : (text.length() - text.replace(part, "").length()) / part.length();
    }

    private static long codePoints(String text, int offset) {
        return offset < 0 ? -1 : text.codePointCount(0, offset);
    }

    private static String join(String separator, CallArguments call) {
        List<String> parts = new ArrayList<>();
        Values.iterator(call.bind(1, "iterable")[0]).forEachRemaining(part -> parts.add(string(call, part)));
        return String.join(separator, parts);
    }

    static String capitalize(String text) {
        ascii("capitalize", text);
        return text.isEmpty()
                ? text
                : upper(text.substring(0, 1)) + text.substring(1).toLowerCase(Locale.ROOT);
    }

    static String title(String text) {
        ascii("title", text);
        StringBuilder title = new StringBuilder(text.length());
        boolean inWord = false;
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            String one = String.valueOf(character);
            title.append(inWord ? one.toLowerCase(Locale.ROOT) : upper(one));
            inWord = Character.isLetter(character);
        }
        return title.toString();
    }

    private static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    /** Title case beyond ASCII has special characters and differs between versions of Unicode. */
    private static void ascii(String method, String text) {
        if (text.chars().anyMatch(character -> character > 0x7f)) {
            throw TemplateException.unsupported("'" + method + "' of text beyond ASCII (\"" + text + "\")");
        }
    }

    private static String string(CallArguments call, Object value) {
        if (value instanceof String text) {
            return text;
        }
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        throw new TemplateException(call.name() + " needs a string, but it is given " + Values.typeName(value));
    }

    private static long whole(CallArguments call, Object value) {
        Long number = Values.integer(value);
        if (number == null) {
            throw new TemplateException(
                    call.name() + " needs a whole number, but it is given " + Values.typeName(value));
        }
        return number;
    }
}
