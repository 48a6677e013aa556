package dev.krpo.policy.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Methods of a Python dict that read it. */
final class MappingMethods {

    private static final Set<String> NAMES = Set.of(
            "clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values");

    private MappingMethods() {}

    static boolean has(String name) {
        return NAMES.contains(name);
    }

    static Object method(Map<?, ?> map, String name) {
        return switch (name) {
            case "get" -> (Callable) arguments -> get(map, arguments);
            case "items" -> (Callable) arguments -> items(map, arguments);
            case "keys" -> (Callable) arguments -> view(new ArrayList<>(map.keySet()), arguments);
            case "values" -> (Callable) arguments -> view(new ArrayList<>(map.values()), arguments);
            case "copy", "fromkeys" -> throw TemplateException.unsupported("The method '" + name + "' of a mapping");
            default ->
                new Undefined(
                        "changing a mapping with '" + name + "' is not allowed in a chat template; use a namespace");
        };
    }

    private static Object get(Map<?, ?> map, CallArguments arguments) {
        if (!arguments.keywords().isEmpty()) {
            throw new TemplateException("get takes no keyword arguments");
        }
        Object[] values = arguments.bind(1, "key", "default");
        if (map.containsKey(Values.key(values[0]))) {
            return map.get(values[0]);
        }
        return values[1] == CallArguments.MISSING ? null : values[1];
    }

    private static Object items(Map<?, ?> map, CallArguments arguments) {
        return view(items(map), arguments);
    }

    /** Pairs of key and value. */
    static List<Object> items(Map<?, ?> map) {
        List<Object> items = new ArrayList<>(map.size());
        map.forEach((key, value) -> {
            List<Object> pair = new ArrayList<>(2);
            pair.add(key);
            pair.add(value);
            items.add(new Tuple(pair));
        });
        return items;
    }

    private static View view(List<Object> items, CallArguments arguments) {
        arguments.bind(0);
        return new View(items, false);
    }
}
