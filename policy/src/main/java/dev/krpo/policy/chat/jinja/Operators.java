package dev.krpo.policy.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** Arithmetic of Python on ints of at most 64 bits, floats, strings, lists and tuples. */
final class Operators {

    private static final int MOST_REPETITIONS = 1_000;

    private Operators() {}

    static Object apply(String operator, Object left, Object right) {
        if (left instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.error();
        }
        Long one = Values.integer(left);
        Long other = Values.integer(right);
        if (one != null && other != null) {
            try {
                return integers(operator, one, other);
            } catch (ArithmeticException e) {
                throw new TemplateException(one + " " + operator + " " + other
                        + " divides by zero or needs more than 64 bits; that is not supported");
            }
        }
        if (Values.isNumber(left) && Values.isNumber(right)) {
            return floats(operator, Values.number(left), Values.number(right));
        }
        if (operator.equals("+")) {
            if (left instanceof String text && right instanceof String more) {
                return text + more;
            }
            if (left instanceof List<?> list && right instanceof List<?> more) {
                return joined(list, more);
            }
            if (left instanceof Tuple tuple && right instanceof Tuple more) {
                return new Tuple(joined(tuple.items(), more.items()));
            }
        }
        if (operator.equals("*") && left instanceof String text && other != null) {
            return repeat(text, other);
        }
        if (operator.equals("*") && right instanceof String text && one != null) {
            return repeat(text, one);
        }
        throw new TemplateException("'" + operator + "' between " + Values.typeName(left) + " and "
                + Values.typeName(right) + " is an error in Python or not supported; convert one with |string or |int");
    }

    private static Object integers(String operator, long left, long right) {
        return switch (operator) {
            case "+" -> Math.addExact(left, right);
            case "-" -> Math.subtractExact(left, right);
            case "*" -> Math.multiplyExact(left, right);
            case "/" -> divide(left, right);
            case "//" -> Math.floorDiv(left, right);
            case "%" -> Math.floorMod(left, right);
            default -> throw TemplateException.unsupported("The operator '" + operator + "'");
        };
    }

    private static double divide(long left, long right) {
        if (right == 0 || Math.abs(left) > 1L << 53 || Math.abs(right) > 1L << 53) {
            throw new ArithmeticException();
        }
        return (double) left / right;
    }

    private static Object floats(String operator, double left, double right) {
        return switch (operator) {
            case "+" -> left + right;
            case "-" -> left - right;
            case "*" -> left * right;
            case "/" -> {
                if (right == 0) {
                    throw new TemplateException("division by zero");
                }
                yield left / right;
            }
            default -> throw TemplateException.unsupported("The operator '" + operator + "' for floats");
        };
    }

    private static String repeat(String text, long times) {
        if (times > MOST_REPETITIONS) {
            throw TemplateException.unsupported("Repeating a string " + times + " times");
        }
        return text.repeat((int) Math.max(0, times));
    }

    private static List<Object> joined(List<?> left, List<?> right) {
        List<Object> items = new ArrayList<>(left);
        items.addAll(right);
        return items;
    }

    static Object negate(Object value) {
        if (value instanceof Double number) {
            return -number;
        }
        return apply("-", 0L, value);
    }
}
