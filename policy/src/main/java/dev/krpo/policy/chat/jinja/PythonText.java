package dev.krpo.policy.chat.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/** Python's rules for characters, string literals, {@code repr} and {@code str.splitlines}. */
final class PythonText {

    private static final String OTHER_SPACES = "\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000";
    private static final String LINE_BREAKS = "\n\r\u000b\f\u001c\u001d\u001e\u0085\u2028\u2029";

    private PythonText() {}

    /** {@code str.isspace}, which is also what {@code strip} and {@code \s} use. */
    static boolean isSpace(int character) {
        return (character >= '\t' && character <= '\r')
                || (character >= 0x1c && character <= ' ')
                || (character >= 0x2000 && character <= 0x200a)
                || OTHER_SPACES.indexOf(character) >= 0;
    }

    /** {@code str.splitlines()}. */
    static List<String> lines(String text) {
        List<String> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            if (LINE_BREAKS.indexOf(text.charAt(i)) >= 0) {
                lines.add(text.substring(start, i));
                if (text.startsWith("\r\n", i)) {
                    i++;
                }
                start = i + 1;
            }
        }
        if (start < text.length()) {
            lines.add(text.substring(start));
        }
        return lines;
    }

    /** The value of a string literal's inner text; an unknown escape keeps its backslash. */
    static String unescape(String literal) {
        if (literal.indexOf('\\') < 0) {
            return literal;
        }
        StringBuilder text = new StringBuilder(literal.length());
        for (int i = 0; i < literal.length(); i++) {
            char character = literal.charAt(i);
            if (character != '\\') {
                text.append(character);
                continue;
            }
            char escape = literal.charAt(++i);
            switch (escape) {
                case '\n' -> {
                    // A line break in a literal, continued.
                }
                case '\\', '\'', '"' -> text.append(escape);
                case 'a' -> text.append('\u0007');
                case 'b' -> text.append('\b');
                case 'f' -> text.append('\f');
                case 'n' -> text.append('\n');
                case 'r' -> text.append('\r');
                case 't' -> text.append('\t');
                case 'v' -> text.append('\u000b');
                case 'x' -> i = hex(literal, i, 2, text);
                case 'u' -> i = hex(literal, i, 4, text);
                case 'U' -> i = hex(literal, i, 8, text);
                case 'N', '0', '1', '2', '3', '4', '5', '6', '7' ->
                    throw TemplateException.unsupported("the escape \\" + escape + " in a string");
                default -> text.append('\\').append(escape);
            }
        }
        return text.toString();
    }

    private static int hex(String literal, int escape, int digits, StringBuilder text) {
        int end = escape + 1 + digits;
        String number = literal.substring(escape + 1, Math.min(end, literal.length()));
        if (!number.matches("[0-9a-fA-F]{" + digits + "}") || Long.parseLong(number, 16) > Character.MAX_CODE_POINT) {
            throw new TemplateException("the escape \\" + literal.charAt(escape) + number + " in a string is invalid");
        }
        text.appendCodePoint(Integer.parseInt(number, 16));
        return end - 1;
    }

    /** {@code repr} of a string. */
    static String repr(String text) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder repr = new StringBuilder(text.length() + 2).append(quote);
        text.codePoints().forEach(character -> {
            switch (character) {
                case '\n' -> repr.append("\\n");
                case '\r' -> repr.append("\\r");
                case '\t' -> repr.append("\\t");
                case '\\' -> repr.append("\\\\");
                default -> {
                    if (character == quote) {
                        repr.append('\\').append(quote);
                    } else if (isPrintable(character)) {
                        repr.appendCodePoint(character);
                    } else if (character < 0x100) {
                        repr.append(String.format("\\x%02x", character));
                    } else if (character < 0x10000) {
                        repr.append(String.format("\\u%04x", character));
                    } else {
                        repr.append(String.format("\\U%08x", character));
                    }
                }
            }
        });
        return repr.append(quote).toString();
    }

    private static boolean isPrintable(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> character == ' ';
            // Newer versions of Unicode may have it, and Python's version decides.
            case Character.UNASSIGNED ->
                throw TemplateException.unsupported(
                        String.format("Printing a list or mapping with the character U+%04X", character));
            default -> true;
        };
    }

    /** {@code repr} of a float: the shortest digits that give the number again. */
    static String repr(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = shortest(number);
        String digits = shortest.unscaledValue().abs().toString();
        int exponent = digits.length() - 1 - shortest.scale();
        String sign = number < 0 ? "-" : "";
        if (exponent < -4 || exponent >= 16) {
            String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
            return sign
                    + digits.charAt(0)
                    + fraction
                    + String.format("e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
        }
        String plain = shortest.abs().toPlainString();
        return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
    }

    private static BigDecimal shortest(double number) {
        BigDecimal exact = new BigDecimal(number);
        for (int precision = 1; precision < 17; precision++) {
            BigDecimal rounded = exact.round(new MathContext(precision, RoundingMode.HALF_EVEN));
            if (rounded.doubleValue() == number) {
                return rounded.stripTrailingZeros();
            }
        }
        return exact.round(new MathContext(17, RoundingMode.HALF_EVEN)).stripTrailingZeros();
    }
}
