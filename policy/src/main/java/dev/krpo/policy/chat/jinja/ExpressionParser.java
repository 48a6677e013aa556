package dev.krpo.policy.chat.jinja;

import dev.krpo.policy.chat.jinja.Token.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses expressions with the precedence of Jinja, where filters bind more tightly than arithmetic. */
final class ExpressionParser {

    /** Extra arguments of a macro; its parameters may not have these names. */
    static final Set<String> MACRO_VARIABLES = Set.of("caller", "kwargs", "varargs");

    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final TokenCursor cursor;
    private int macros;

    ExpressionParser(TokenCursor cursor) {
        this.cursor = cursor;
    }

    /** From here on, the arguments that Jinja collects for a macro are not supported. */
    void enterMacro() {
        macros++;
    }

    void leaveMacro() {
        macros--;
    }

    /** An expression with inline ifs. */
    Expression parse() {
        Expression value = parseOr();
        while (cursor.skipName("if")) {
            Expression test = parseOr();
            value = new Expressions.Conditional(test, value, cursor.skipName("else") ? parse() : null);
        }
        return value;
    }

    /** One expression, or a tuple if a comma follows. */
    Expression parseTuple(boolean withConditional) {
        Expression first = withConditional ? parse() : parseOr();
        if (!cursor.atOperator(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (cursor.skipOperator(",") && !endsTuple()) {
            items.add(withConditional ? parse() : parseOr());
        }
        return new Expressions.TupleOf(items);
    }

    private boolean endsTuple() {
        return cursor.at(Type.VARIABLE_END) || cursor.at(Type.BLOCK_END) || cursor.atOperator(")");
    }

    private Expression parseOr() {
        Expression left = parseAnd();
        while (cursor.skipName("or")) {
            left = new Expressions.Or(left, parseAnd());
        }
        return left;
    }

    private Expression parseAnd() {
        Expression left = parseNot();
        while (cursor.skipName("and")) {
            left = new Expressions.And(left, parseNot());
        }
        return left;
    }

    private Expression parseNot() {
        return cursor.skipName("not") ? new Expressions.Not(parseNot()) : parseComparison();
    }

    private Expression parseComparison() {
        Expression first = parseSum();
        List<Expressions.Operand> operands = new ArrayList<>();
        while (true) {
            Token token = cursor.peek();
            if (token.type() == Type.OPERATOR && COMPARISONS.contains(token.value())) {
                cursor.take();
                operands.add(new Expressions.Operand((String) token.value(), parseSum()));
            } else if (cursor.skipName("in")) {
                operands.add(new Expressions.Operand("in", parseSum()));
            } else if (cursor.atName("not") && cursor.peekSecond().is(Type.NAME, "in")) {
                cursor.take();
                cursor.take();
                operands.add(new Expressions.Operand("not in", parseSum()));
            } else {
                return operands.isEmpty() ? first : new Expressions.Comparison(first, operands);
            }
        }
    }

    private Expression parseSum() {
        Expression left = parseConcatenation();
        while (cursor.atOperator("+") || cursor.atOperator("-")) {
            String operator = (String) cursor.take().value();
            left = new Expressions.Arithmetic(operator, left, parseConcatenation());
        }
        return left;
    }

    private Expression parseConcatenation() {
        List<Expression> parts = new ArrayList<>(List.of(parseProduct()));
        while (cursor.skipOperator("~")) {
            parts.add(parseProduct());
        }
        return parts.size() == 1 ? parts.get(0) : new Expressions.Concatenation(parts);
    }

    private Expression parseProduct() {
        Expression left = parseUnary(true);
        while (true) {
            if (cursor.atOperator("**")) {
                throw cursor.unsupported(cursor.peek(), "The operator '**'");
            }
            if (!cursor.atOperator("*")
                    && !cursor.atOperator("/")
                    && !cursor.atOperator("//")
                    && !cursor.atOperator("%")) {
                return left;
            }
            String operator = (String) cursor.take().value();
            left = new Expressions.Arithmetic(operator, left, parseUnary(true));
        }
    }

    private Expression parseUnary(boolean withFilters) {
        Expression value;
        if (cursor.skipOperator("-")) {
            value = new Expressions.Negative(parseUnary(false));
        } else if (cursor.atOperator("+")) {
            throw cursor.unsupported(cursor.peek(), "The sign '+'");
        } else {
            value = parsePrimary();
        }
        value = parsePostfix(value);
        return withFilters ? parseFilters(value) : value;
    }

    Expression parsePrimary() {
        Token token = cursor.take();
        switch (token.type()) {
            case NAME -> {
                if (macros > 0 && MACRO_VARIABLES.contains(token.value())) {
                    throw cursor.unsupported(token, "'" + token.value() + "' in a macro");
                }
                return switch ((String) token.value()) {
                    case "true", "True" -> new Expressions.Literal(true);
                    case "false", "False" -> new Expressions.Literal(false);
                    case "none", "None" -> new Expressions.Literal(null);
                    default -> new Expressions.Name((String) token.value());
                };
            }
            case STRING -> {
                StringBuilder text = new StringBuilder((String) token.value());
                while (cursor.at(Type.STRING)) {
                    text.append(cursor.take().value());
                }
                return new Expressions.Literal(text.toString());
            }
            case NUMBER -> {
                return new Expressions.Literal(token.value());
            }
            case OPERATOR -> {
                switch ((String) token.value()) {
                    case "(" -> {
                        return parenthesised();
                    }
                    case "[" -> {
                        return new Expressions.ListOf(parseItems("]"));
                    }
                    case "{" -> {
                        return parseMapping();
                    }
                    default -> throw cursor.error(token, "expected an expression, but found " + token.describe());
                }
            }
            default -> throw cursor.error(token, "expected an expression, but found " + token.describe());
        }
    }

    private Expression parenthesised() {
        if (cursor.skipOperator(")")) {
            return new Expressions.TupleOf(List.of());
        }
        Expression value = parseTuple(true);
        cursor.expectOperator(")");
        return value;
    }

    private List<Expression> parseItems(String close) {
        List<Expression> items = new ArrayList<>();
        while (!cursor.skipOperator(close)) {
            if (!items.isEmpty()) {
                cursor.expectOperator(",");
                if (cursor.skipOperator(close)) {
                    break;
                }
            }
            items.add(parse());
        }
        return items;
    }

    private Expression parseMapping() {
        List<Expressions.Pair> pairs = new ArrayList<>();
        while (!cursor.skipOperator("}")) {
            if (!pairs.isEmpty()) {
                cursor.expectOperator(",");
                if (cursor.skipOperator("}")) {
                    break;
                }
            }
            Expression key = parse();
            cursor.expectOperator(":");
            pairs.add(new Expressions.Pair(key, parse()));
        }
        return new Expressions.MappingOf(pairs);
    }

    Expression parsePostfix(Expression value) {
        Expression result = value;
        while (true) {
            if (cursor.skipOperator(".")) {
                result = parseAttribute(result);
            } else if (cursor.skipOperator("[")) {
                result = parseSubscript(result);
            } else if (cursor.atOperator("(")) {
                result = parseCall(result);
            } else {
                return result;
            }
        }
    }

    private Expression parseAttribute(Expression target) {
        Token name = cursor.take();
        if (name.type() == Type.NUMBER && name.value() instanceof Long) {
            return new Expressions.Item(target, new Expressions.Literal(name.value()));
        }
        if (name.type() != Type.NAME) {
            throw cursor.error(name, "expected a name after '.', but found " + name.describe());
        }
        String method = (String) name.value();
        if (cursor.atOperator("(")
                && !StringMethods.has(method)
                && !MappingMethods.has(method)
                && !method.equals("cycle")) {
            throw cursor.unsupported(name, "The method '" + method + "'");
        }
        return new Expressions.Attribute(target, method);
    }

    private Expression parseSubscript(Expression target) {
        Expression start = null;
        if (!cursor.atOperator(":")) {
            start = parse();
            if (cursor.skipOperator("]")) {
                return new Expressions.Item(target, start);
            }
        }
        if (!cursor.skipOperator(":")) {
            throw cursor.unsupported(cursor.peek(), "A subscript with a comma");
        }
        Expression stop = cursor.atOperator(":") || cursor.atOperator("]") ? null : parse();
        Expression step = cursor.skipOperator(":") && !cursor.atOperator("]") ? parse() : null;
        cursor.expectOperator("]");
        return new Expressions.Slice(target, start, stop, step);
    }

    private Expression parseCall(Expression target) {
        String name = "the value";
        if (target instanceof Expressions.Name function) {
            name = function.name();
        } else if (target instanceof Expressions.Attribute method) {
            name = method.name();
        }
        return new Expressions.Call(target, name, parseArguments());
    }

    private Arguments parseArguments() {
        cursor.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> keywords = new LinkedHashMap<>();
        while (!cursor.skipOperator(")")) {
            if (!positional.isEmpty() || !keywords.isEmpty()) {
                cursor.expectOperator(",");
                if (cursor.skipOperator(")")) {
                    break;
                }
            }
            Token token = cursor.peek();
            if (token.is(Type.OPERATOR, "*") || token.is(Type.OPERATOR, "**")) {
                throw cursor.unsupported(token, "An argument with '" + token.value() + "'");
            }
            if (token.type() == Type.NAME && cursor.peekSecond().is(Type.OPERATOR, "=")) {
                cursor.take();
                cursor.take();
                if (keywords.put((String) token.value(), parse()) != null) {
                    throw cursor.error(token, "the argument '" + token.value() + "' is given twice");
                }
            } else if (keywords.isEmpty()) {
                positional.add(parse());
            } else {
                throw cursor.error(token, "an argument without a name follows one with a name");
            }
        }
        return new Arguments(positional, keywords);
    }

    private Expression parseFilters(Expression value) {
        Expression result = value;
        while (true) {
            if (cursor.skipOperator("|")) {
                Token name = cursor.expect(Type.NAME, "the name of a filter");
                if (!Filters.has((String) name.value())) {
                    throw cursor.unsupported(name, "The filter '" + name.value() + "'");
                }
                Arguments arguments = cursor.atOperator("(") ? parseArguments() : Arguments.NONE;
                result = new Expressions.Filtered(result, (String) name.value(), arguments);
            } else if (cursor.skipName("is")) {
                result = parseTest(result);
            } else if (cursor.atOperator("(")) {
                result = parseCall(result);
            } else {
                return result;
            }
        }
    }

    private Expression parseTest(Expression value) {
        boolean negated = cursor.skipName("not");
        Token name = cursor.expect(Type.NAME, "the name of a test");
        if (!Tests.has((String) name.value())) {
            throw cursor.unsupported(name, "The test 'is " + name.value() + "'");
        }
        Arguments arguments = Arguments.NONE;
        if (cursor.atOperator("(")) {
            arguments = parseArguments();
        } else if (startsArgument()) {
            if (cursor.atName("is")) {
                throw cursor.error(cursor.peek(), "tests with 'is' cannot be chained");
            }
            arguments = new Arguments(List.of(parsePostfix(parsePrimary())), Map.of());
        }
        Expression test = new Expressions.Tested(value, (String) name.value(), arguments);
        return negated ? new Expressions.Not(test) : test;
    }

    private boolean startsArgument() {
        Token token = cursor.peek();
        return switch (token.type()) {
            case STRING, NUMBER -> true;
            case NAME -> !Set.of("else", "or", "and").contains(token.value());
            case OPERATOR -> token.value().equals("[") || token.value().equals("{");
            default -> false;
        };
    }
}
