package dev.krpo.policy.chat.jinja;

import dev.krpo.policy.chat.jinja.Token.Type;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Splits a template into tokens as Jinja 3.1 does with trim_blocks and lstrip_blocks, the settings of transformers. */
final class Lexer {

    private static final Pattern RAW = Pattern.compile("\\{%([-+]?)\\s*raw\\s*(?:-%}\\s*|%})");
    private static final Pattern END_RAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*(?:\\+%}|-%}\\s*|%}\\n?)");
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern FLOAT = Pattern.compile(
            "(?<!\\.)(?:\\d+_)*\\d+(?:(?:\\.(?:\\d+_)*\\d+)?[eE][+-]?(?:\\d+_)*\\d+|\\.(?:\\d+_)*\\d+)");
    private static final Pattern INTEGER = Pattern.compile("[1-9](?:_?\\d)*|0(?:_?0)*(?![xXbBoO\\d])");
    private static final Pattern STRING =
            Pattern.compile("'[^'\\\\]*(?:\\\\.[^'\\\\]*)*'|\"[^\"\\\\]*(?:\\\\.[^\"\\\\]*)*\"", Pattern.DOTALL);
    private static final Pattern OPERATOR = Pattern.compile("\\*\\*|//|==|!=|>=|<=|[-+/*%~\\[\\](){}><=.:|,]");

    private final Source source;
    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    /** The last match ended a line. */
    private boolean lineStarts = true;

    private Lexer(Source source) {
        this.source = source;
        text = source.text();
    }

    static List<Token> tokenize(Source source) {
        Lexer lexer = new Lexer(source);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (position < text.length()) {
            int begin = nextTag();
            if (begin < 0) {
                data(position, text.length());
                break;
            }
            Matcher raw = RAW.matcher(text).region(begin, text.length());
            char sign = begin + 2 < text.length() ? text.charAt(begin + 2) : ' ';
            boolean signed = sign == '-' || sign == '+';
            dataBefore(begin, signed ? sign : ' ', text.charAt(begin + 1) != '{');
            if (raw.lookingAt()) {
                raw(begin, raw.end());
                continue;
            }
            position = begin + (signed ? 3 : 2);
            switch (text.charAt(begin + 1)) {
                case '#' -> comment(begin);
                case '%' -> tag(begin, Type.BLOCK_BEGIN, Type.BLOCK_END, "%}");
                default -> tag(begin, Type.VARIABLE_BEGIN, Type.VARIABLE_END, "}}");
            }
        }
        tokens.add(new Token(Type.END, "", text.length()));
    }

    /** The first of <code>{%</code>, <code>{{</code> and <code>{#</code>; -1 if there is none. */
    private int nextTag() {
        for (int at = text.indexOf('{', position); at >= 0; at = text.indexOf('{', at + 1)) {
            if (at + 1 < text.length() && "%{#".indexOf(text.charAt(at + 1)) >= 0) {
                return at;
            }
        }
        return -1;
    }

    private void data(int from, int to) {
        if (from < to) {
            tokens.add(new Token(Type.DATA, text.substring(from, to), from));
        }
    }

    /** The text before a tag; a tag that stands alone on its line takes its indentation with it. */
    private void dataBefore(int tag, char sign, boolean stripsIndentation) {
        int end = tag;
        if (sign == '-') {
            while (end > position && PythonText.isSpace(text.charAt(end - 1))) {
                end--;
            }
        } else if (sign != '+' && stripsIndentation) {
            int start = Math.max(position, text.lastIndexOf('\n', tag - 1) + 1);
            boolean blank = text.substring(start, tag).chars().allMatch(PythonText::isSpace);
            if (blank && (start > position || lineStarts)) {
                end = start;
            }
        }
        data(position, end);
    }

    private void raw(int begin, int content) {
        position = content;
        lineStarts = text.charAt(content - 1) == '\n';
        Matcher end = END_RAW.matcher(text);
        if (!end.find(content)) {
            throw source.error(begin, "{% raw %} has no {% endraw %}; add it");
        }
        String sign = end.group(1);
        dataBefore(end.start(), sign.isEmpty() ? ' ' : sign.charAt(0), true);
        moveTo(end.end());
    }

    private void comment(int begin) {
        int end = text.indexOf("#}", position);
        if (end < 0) {
            throw source.error(begin, "the comment has no #}; add it");
        }
        afterTag(end > position ? text.charAt(end - 1) : ' ', end + 2, true);
    }

    /** Jumps behind a tag's end and what its sign takes with it. */
    private void afterTag(char sign, int end, boolean trimsNewline) {
        int next = end;
        if (sign == '-') {
            while (next < text.length() && PythonText.isSpace(text.charAt(next))) {
                next++;
            }
        } else if (sign != '+' && trimsNewline && next < text.length() && text.charAt(next) == '\n') {
            next++;
        }
        moveTo(next);
    }

    private void moveTo(int next) {
        position = next;
        lineStarts = text.charAt(next - 1) == '\n';
    }

    private void tag(int begin, Type beginning, Type ending, String end) {
        tokens.add(new Token(beginning, text.substring(begin, begin + 2), begin));
        Deque<Character> open = new ArrayDeque<>();
        while (true) {
            while (position < text.length() && PythonText.isSpace(text.charAt(position))) {
                position++;
            }
            if (position >= text.length()) {
                throw source.error(begin, "the tag has no " + end + "; add it");
            }
            char sign = text.charAt(position);
            boolean signed = sign == '-' || (sign == '+' && ending == Type.BLOCK_END);
            int at = signed ? position + 1 : position;
            if (open.isEmpty() && text.startsWith(end, at)) {
                tokens.add(new Token(ending, end, position));
                afterTag(signed ? sign : ' ', at + 2, ending == Type.BLOCK_END);
                return;
            }
            expressionToken(open);
        }
    }

    private void expressionToken(Deque<Character> open) {
        String found;
        if ((found = match(FLOAT)) != null) {
            add(Type.NUMBER, Double.valueOf(found.replace("_", "")), found);
        } else if ((found = match(INTEGER)) != null) {
            add(Type.NUMBER, integer(found), found);
        } else if ((found = match(NAME)) != null) {
            add(Type.NAME, found, found);
        } else if ((found = match(STRING)) != null) {
            String literal = found.substring(1, found.length() - 1);
            try {
                add(Type.STRING, PythonText.unescape(literal), found);
            } catch (TemplateException e) {
                throw e.at(source, position);
            }
        } else if ((found = match(OPERATOR)) != null) {
            balance(found.charAt(0), open);
            add(Type.OPERATOR, found, found);
        } else {
            throw source.error(
                    position, "unexpected character '" + Character.toString(text.codePointAt(position)) + "'");
        }
    }

    private Long integer(String digits) {
        try {
            return Long.valueOf(digits.replace("_", ""));
        } catch (NumberFormatException e) {
            throw source.error(position, "the number " + digits + " has more than 64 bits; that is not supported");
        }
    }

    private void balance(char operator, Deque<Character> open) {
        switch (operator) {
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '{' -> open.push('}');
            case ')', ']', '}' -> {
                if (open.isEmpty() || open.pop() != operator) {
                    throw source.error(position, "unexpected '" + operator + "'");
                }
            }
            default -> {
                // Not a bracket.
            }
        }
    }

    private String match(Pattern pattern) {
        Matcher matcher = pattern.matcher(text).region(position, text.length()).useTransparentBounds(true);
        return matcher.lookingAt() ? matcher.group() : null;
    }

    private void add(Type type, Object value, String found) {
        tokens.add(new Token(type, value, position));
        position += found.length();
    }
}
