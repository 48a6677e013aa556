package dev.krpo.policy.chat.jinja;

import dev.krpo.policy.chat.jinja.Token.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses the statements of a template. */
final class Parser {

    private final TokenCursor cursor;
    private final ExpressionParser expressions;
    private int loops;

    private Parser(Source source) {
        cursor = new TokenCursor(source);
        expressions = new ExpressionParser(cursor);
    }

    static List<Statement> parse(Source source) {
        return new Parser(source).body();
    }

    /** Statements until the template or one of these tags ends them; the tag's name is the next token then. */
    private List<Statement> body(String... ends) {
        List<Statement> statements = new ArrayList<>();
        while (!cursor.at(Type.END)) {
            Token token = cursor.take();
            switch (token.type()) {
                case DATA -> statements.add(new Statements.Text((String) token.value()));
                case VARIABLE_BEGIN -> {
                    Statement print = new Statements.Print(expressions.parseTuple(true));
                    cursor.expect(Type.VARIABLE_END, "'}}'");
                    statements.add(new Statements.Positioned(cursor.source(), token.at(), print));
                }
                default -> {
                    if (cursor.at(Type.NAME)
                            && List.of(ends).contains((String) cursor.peek().value())) {
                        return statements;
                    }
                    Statement statement = statement();
                    cursor.expect(Type.BLOCK_END, "'%}'");
                    statements.add(new Statements.Positioned(cursor.source(), token.at(), statement));
                }
            }
        }
        if (ends.length > 0) {
            throw cursor.unexpected("{% " + String.join(" %} or {% ", ends) + " %}");
        }
        return statements;
    }

    /** The body of a block tag, from the end of the tag; the end tag's name is taken, the end of that tag is not. */
    private List<Statement> block(String end) {
        cursor.expect(Type.BLOCK_END, "'%}'");
        List<Statement> statements = body(end);
        cursor.expectName(end);
        return statements;
    }

    private Statement statement() {
        Token tag = cursor.expect(Type.NAME, "the name of a tag");
        return switch ((String) tag.value()) {
            case "if" -> parseIf();
            case "for" -> parseFor();
            case "set" -> parseSet();
            case "macro" -> parseMacro();
            case "generation" -> new Statements.Block(outsideLoops("endgeneration"));
            case "break" -> jump(tag, Statement.Flow.BREAK);
            case "continue" -> jump(tag, Statement.Flow.CONTINUE);
            default -> throw cursor.unsupported(tag, "The tag '" + tag.value() + "'");
        };
    }

    private Statement jump(Token tag, Statement.Flow flow) {
        if (loops == 0) {
            throw cursor.error(tag, "'" + tag.value() + "' is outside of a loop");
        }
        return new Statements.Jump(flow);
    }

    private Statement parseIf() {
        List<Statements.Branch> branches = new ArrayList<>();
        Expression test = expressions.parseTuple(false);
        while (true) {
            cursor.expect(Type.BLOCK_END, "'%}'");
            branches.add(new Statements.Branch(test, body("elif", "else", "endif")));
            if (cursor.skipName("endif")) {
                return new Statements.If(branches);
            }
            if (cursor.skipName("else")) {
                branches.add(new Statements.Branch(null, block("endif")));
                return new Statements.If(branches);
            }
            cursor.expectName("elif");
            test = expressions.parseTuple(false);
        }
    }

    private Statement parseFor() {
        Target target = target(false);
        cursor.expectName("in");
        Expression items = expressions.parseTuple(false);
        Expression filter = cursor.skipName("if") ? expressions.parse() : null;
        if (cursor.atName("recursive")) {
            throw cursor.unsupported(cursor.peek(), "A recursive loop");
        }
        cursor.expect(Type.BLOCK_END, "'%}'");
        loops++;
        List<Statement> body = body("endfor", "else");
        loops--;
        List<Statement> otherwise = List.of();
        if (cursor.skipName("else")) {
            otherwise = block("endfor");
        } else {
            cursor.expectName("endfor");
        }
        return new Statements.For(target, items, filter, body, otherwise);
    }

    private Statement parseSet() {
        Target target = target(true);
        if (cursor.skipOperator("=")) {
            return new Statements.Set(target, expressions.parseTuple(true));
        }
        if (cursor.atOperator("|")) {
            throw cursor.unsupported(cursor.peek(), "A filter on a set block");
        }
        return new Statements.SetBlock(target, outsideLoops("endset"));
    }

    private List<Statement> outsideLoops(String end) {
        int outer = loops;
        loops = 0;
        List<Statement> statements = block(end);
        loops = outer;
        return statements;
    }

    private Target target(boolean withNamespace) {
        Target first = oneTarget(withNamespace);
        if (!cursor.atOperator(",")) {
            return first;
        }
        List<Target> targets = new ArrayList<>(List.of(first));
        while (cursor.skipOperator(",") && !cursor.atOperator("=") && !cursor.atName("in")) {
            targets.add(oneTarget(withNamespace));
        }
        return new Target.Several(targets);
    }

    private Target oneTarget(boolean withNamespace) {
        if (cursor.skipOperator("(")) {
            Target target = target(withNamespace);
            cursor.expectOperator(")");
            return target;
        }
        String name = assignableName();
        if (withNamespace && cursor.skipOperator(".")) {
            return new Target.NamespaceAttribute(name, (String)
                    cursor.expect(Type.NAME, "the name of an attribute").value());
        }
        return new Target.Variable(name);
    }

    private String assignableName() {
        Token name = cursor.expect(Type.NAME, "the name of a variable");
        if (Set.of("true", "True", "false", "False", "none", "None", "loop").contains((String) name.value())) {
            throw cursor.error(name, "'" + name.value() + "' cannot be assigned");
        }
        return (String) name.value();
    }

    private Statement parseMacro() {
        String name = assignableName();
        cursor.expectOperator("(");
        List<Statements.Parameter> parameters = new ArrayList<>();
        while (!cursor.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                cursor.expectOperator(",");
            }
            Token parameter = cursor.peek();
            String parameterName = assignableName();
            if (ExpressionParser.MACRO_VARIABLES.contains(parameterName)) {
                throw cursor.unsupported(parameter, "The macro parameter '" + parameterName + "'");
            }
            Expression byDefault = cursor.skipOperator("=") ? expressions.parse() : null;
            parameters.add(new Statements.Parameter(parameterName, byDefault));
        }
        expressions.enterMacro();
        List<Statement> body = outsideLoops("endmacro");
        expressions.leaveMacro();
        return new Statements.Macro(name, parameters, body);
    }
}
