package dev.krpo.policy.chat.jinja;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Evaluated arguments of a call.
 *
 * @param name of the function, for messages
 */
record CallArguments(String name, List<Object> positional, Map<String, Object> keywords) {

    /** Stands for an argument that was not given; {@code null} is None. */
    static final Object MISSING = new Object();

    /**
     * The arguments in the order of the parameters; {@link #MISSING} for each that was not given.
     *
     * @param required number of parameters that must be given
     */
    Object[] bind(int required, String... parameters) {
        if (positional.size() > parameters.length) {
            throw new TemplateException(name + " takes at most " + parameters.length + " arguments, but "
                    + positional.size() + " were given");
        }
        Object[] values = new Object[parameters.length];
        Arrays.fill(values, MISSING);
        for (int i = 0; i < positional.size(); i++) {
            values[i] = positional.get(i);
        }
        keywords.forEach((keyword, value) -> {
            int index = Arrays.asList(parameters).indexOf(keyword);
            if (index < 0 || values[index] != MISSING) {
                throw new TemplateException(name + " takes no argument '" + keyword + "', or it is given twice");
            }
            values[index] = value;
        });
        for (int i = 0; i < required; i++) {
            if (values[i] == MISSING) {
                throw new TemplateException(name + " needs the argument '" + parameters[i] + "'");
            }
        }
        return values;
    }
}
