package dev.krpo.policy.chat.jinja;

/**
 * A piece of a template.
 *
 * @param value the decoded text of DATA and STRING, the number of NUMBER, otherwise the text as written
 * @param at offset in the source
 */
record Token(Type type, Object value, int at) {

    enum Type {
        DATA,
        BLOCK_BEGIN,
        BLOCK_END,
        VARIABLE_BEGIN,
        VARIABLE_END,
        NAME,
        STRING,
        NUMBER,
        OPERATOR,
        END
    }

    boolean is(Type wanted, String text) {
        return type == wanted && value.equals(text);
    }

    /** For messages. */
    String describe() {
        return switch (type) {
            case END -> "the end of the template";
            case DATA -> "text";
            default -> "'" + value + "'";
        };
    }
}
