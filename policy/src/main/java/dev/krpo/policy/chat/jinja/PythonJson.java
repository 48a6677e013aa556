package dev.krpo.policy.chat.jinja;

import static dev.krpo.policy.chat.jinja.CallArguments.MISSING;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The filter tojson of transformers: Python's {@code json.dumps}, which keeps characters beyond ASCII by default. */
final class PythonJson {

    private final StringBuilder json = new StringBuilder();
    private final boolean onlyAscii;
    private final boolean sorted;
    /** Null for one line. */
    private final String indentation;

    private final String itemSeparator;
    private final String keySeparator;

    private PythonJson(
            boolean onlyAscii, boolean sorted, String indentation, String itemSeparator, String keySeparator) {
        this.onlyAscii = onlyAscii;
        this.sorted = sorted;
        this.indentation = indentation;
        this.itemSeparator = itemSeparator;
        this.keySeparator = keySeparator;
    }

    static String filter(Object value, CallArguments call) {
        Object[] values = call.bind(0, "ensure_ascii", "indent", "separators", "sort_keys");
        String indentation = null;
        if (values[1] instanceof String text) {
            indentation = text;
        } else if (values[1] != MISSING && values[1] != null) {
            indentation = (String) Operators.apply("*", " ", values[1]);
        }
        String itemSeparator = indentation == null ? ", " : ",";
        String keySeparator = ": ";
        if (values[2] != MISSING && values[2] != null) {
            List<Object> separators = Values.list(values[2]);
            if (separators.size() != 2) {
                throw new TemplateException("tojson needs two separators, but it is given " + separators.size());
            }
            itemSeparator = Values.text(separators.get(0));
            keySeparator = Values.text(separators.get(1));
        }
        PythonJson writer =
                new PythonJson(isTrue(values[0]), isTrue(values[3]), indentation, itemSeparator, keySeparator);
        writer.write(value, 0);
        return writer.json.toString();
    }

    private static boolean isTrue(Object argument) {
        return argument != MISSING && Values.truth(argument);
    }

    private void write(Object value, int depth) {
        if (value instanceof String text) {
            string(text);
        } else if (value == null) {
            json.append("null");
        } else if (value instanceof Boolean || value instanceof Long) {
            json.append(value);
        } else if (value instanceof Double number) {
            json.append(number(number));
        } else if (value instanceof List<?> list) {
            array(list, depth);
        } else if (value instanceof Tuple tuple) {
            array(tuple.items(), depth);
        } else if (value instanceof Map<?, ?> map) {
            object(map, depth);
        } else {
            throw new TemplateException("tojson cannot write " + Values.typeName(value));
        }
    }

    private static String number(double number) {
        if (Double.isNaN(number)) {
            return "NaN";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "Infinity" : "-Infinity";
        }
        return PythonText.repr(number);
    }

    private void array(List<?> items, int depth) {
        sequence('[', ']', items, depth, item -> write(item, depth + 1));
    }

    private void object(Map<?, ?> map, int depth) {
        List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
        if (sorted) {
            entries.sort((one, other) -> Values.compare(one.getKey(), other.getKey()));
        }
        sequence('{', '}', entries, depth, entry -> {
            string(key(entry.getKey()));
            json.append(keySeparator);
            write(entry.getValue(), depth + 1);
        });
    }

    private static String key(Object key) {
        if (key instanceof String || key instanceof Long) {
            return key.toString();
        }
        throw TemplateException.unsupported(Values.typeName(key) + " as the key of a mapping in tojson");
    }

    private <T> void sequence(char open, char close, List<T> items, int depth, Consumer<? super T> writeItem) {
        json.append(open);
        for (int i = 0; i < items.size(); i++) {
            if (i > 0) {
                json.append(itemSeparator);
            }
            newLine(depth + 1);
            writeItem.accept(items.get(i));
        }
        if (!items.isEmpty()) {
            newLine(depth);
        }
        json.append(close);
    }

    private void newLine(int depth) {
        if (indentation != null) {
            json.append('\n').append(indentation.repeat(depth));
        }
    }

    private void string(String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            switch (character) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                case '\f' -> json.append("\\f");
                case '\b' -> json.append("\\b");
                default -> {
                    if (character < ' ' || (onlyAscii && character > '~')) {
                        json.append(String.format("\\u%04x", (int) character));
                    } else {
                        json.append(character);
                    }
                }
            }
        }
        json.append('"');
    }
}
