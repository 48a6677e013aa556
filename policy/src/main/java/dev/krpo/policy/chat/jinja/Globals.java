package dev.krpo.policy.chat.jinja;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Functions that transformers gives to every chat template. */
final class Globals {

    /** Limit of Jinja's sandbox. */
    private static final long LONGEST_RANGE = 100_000;

    private Globals() {}

    /** @param now null if templates may not ask for it */
    static Scope scope(LocalDateTime now) {
        Map<String, Object> functions = new HashMap<>();
        functions.put("range", (Callable) Globals::range);
        functions.put("namespace", (Callable) Globals::namespace);
        functions.put("dict", (Callable) Globals::mapping);
        functions.put("raise_exception", (Callable) Globals::raise);
        functions.put("strftime_now", (Callable) arguments -> date(arguments, now));
        for (String missing : List.of("cycler", "joiner", "lipsum")) {
            functions.put(missing, (Callable) arguments -> {
                throw TemplateException.unsupported("The function '" + missing + "'");
            });
        }
        return new Scope(null, functions);
    }

    private static View range(CallArguments arguments) {
        Object[] values = arguments.bind(1, "start", "stop", "step");
        long[] bounds = new long[3];
        for (int i = 0; i < bounds.length; i++) {
            Object value = values[i] == CallArguments.MISSING ? Long.valueOf(i == 2 ? 1 : 0) : values[i];
            if (!(value instanceof Long number)) {
                throw new TemplateException("range needs whole numbers, but it is given " + Values.typeName(value));
            }
            bounds[i] = number;
        }
        boolean onlyStop = values[1] == CallArguments.MISSING;
        long stop = onlyStop ? bounds[0] : bounds[1];
        long step = bounds[2];
        if (step == 0) {
            throw new TemplateException("the step of a range is 0; it must not be");
        }
        List<Object> items = new ArrayList<>();
        for (long i = onlyStop ? 0 : bounds[0]; step > 0 ? i < stop : i > stop; i += step) {
            if (items.size() == LONGEST_RANGE) {
                throw new TemplateException("a range has more than " + LONGEST_RANGE + " items; shorten it");
            }
            items.add(i);
        }
        return new View(items, true);
    }

    private static Namespace namespace(CallArguments arguments) {
        Namespace namespace = new Namespace();
        mapping(arguments).forEach((name, value) -> namespace.set(Values.text(name), value));
        return namespace;
    }

    private static Map<Object, Object> mapping(CallArguments arguments) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (Object positional : arguments.positional()) {
            if (!(positional instanceof Map<?, ?> initial)
                    || arguments.positional().size() > 1) {
                throw TemplateException.unsupported(arguments.name() + " of anything but one mapping");
            }
            map.putAll(initial);
        }
        map.putAll(arguments.keywords());
        return map;
    }

    private static Object raise(CallArguments arguments) {
        String message = Values.text(arguments.bind(1, "message")[0]);
        throw new TemplateException("the chat template rejects the conversation: " + message);
    }

    private static String date(CallArguments arguments, LocalDateTime now) {
        String format = Values.text(arguments.bind(1, "format")[0]);
        if (now == null) {
            throw new TemplateException("the chat template asks for today's date (strftime_now), and none is set; "
                    + "set a fixed one, so that a conversation always gives the same prompt");
        }
        return Strftime.format(format, now);
    }
}
