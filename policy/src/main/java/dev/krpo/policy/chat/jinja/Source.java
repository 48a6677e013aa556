package dev.krpo.policy.chat.jinja;

/** The text of a template with line breaks normalised, as Jinja reads it. */
record Source(String text) {

    /** Jinja drops one line break at the end of a template. */
    static Source of(String template) {
        String text = template.replace("\r\n", "\n").replace('\r', '\n');
        return new Source(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text);
    }

    /** Such as "line 3, column 14", both from 1. */
    String position(int offset) {
        int line = 1;
        int start = 0;
        for (int end = text.indexOf('\n'); end >= 0 && end < offset; end = text.indexOf('\n', start)) {
            line++;
            start = end + 1;
        }
        return "line " + line + ", column " + (offset - start + 1);
    }

    TemplateException error(int offset, String message) {
        return new TemplateException(message).at(this, offset);
    }
}
