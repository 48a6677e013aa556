package dev.krpo.policy.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Arguments of a call as written. */
record Arguments(List<Expression> positional, Map<String, Expression> keywords) {

    static final Arguments NONE = new Arguments(List.of(), Map.of());

    CallArguments evaluate(String name, Scope scope) {
        List<Object> values = new ArrayList<>(positional.size());
        positional.forEach(argument -> values.add(argument.evaluate(scope)));
        Map<String, Object> named = new LinkedHashMap<>();
        keywords.forEach((keyword, argument) -> named.put(keyword, argument.evaluate(scope)));
        return new CallArguments(name, values, named);
    }
}
