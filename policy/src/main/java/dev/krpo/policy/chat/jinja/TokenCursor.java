package dev.krpo.policy.chat.jinja;

import dev.krpo.policy.chat.jinja.Token.Type;
import java.util.List;

/** Position in the tokens of a template. */
final class TokenCursor {

    private final Source source;
    private final List<Token> tokens;
    private int next;

    TokenCursor(Source source) {
        this.source = source;
        tokens = Lexer.tokenize(source);
    }

    Token peek() {
        return tokens.get(next);
    }

    /** The token after the next one. */
    Token peekSecond() {
        return tokens.get(Math.min(next + 1, tokens.size() - 1));
    }

    Token take() {
        Token token = peek();
        if (token.type() != Type.END) {
            next++;
        }
        return token;
    }

    boolean at(Type type) {
        return peek().type() == type;
    }

    boolean atOperator(String operator) {
        return peek().is(Type.OPERATOR, operator);
    }

    boolean atName(String name) {
        return peek().is(Type.NAME, name);
    }

    boolean skipOperator(String operator) {
        return skip(atOperator(operator));
    }

    boolean skipName(String name) {
        return skip(atName(name));
    }

    private boolean skip(boolean found) {
        if (found) {
            take();
        }
        return found;
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw unexpected("'" + operator + "'");
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw unexpected("'" + name + "'");
        }
    }

    Token expect(Type type, String what) {
        if (!at(type)) {
            throw unexpected(what);
        }
        return take();
    }

    TemplateException unexpected(String expected) {
        return error(peek(), "expected " + expected + ", but found " + peek().describe());
    }

    TemplateException error(Token at, String message) {
        return source.error(at.at(), message);
    }

    TemplateException unsupported(Token at, String construct) {
        return TemplateException.unsupported(construct).at(source, at.at());
    }

    Source source() {
        return source;
    }
}
