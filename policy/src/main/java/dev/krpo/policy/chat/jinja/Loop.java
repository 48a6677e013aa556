package dev.krpo.policy.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** The variable {@code loop} of a for loop. It reads ahead only where a template asks, because items may be lazy. */
final class Loop {

    private static final Object NOTHING = new Object();

    private Iterator<Object> items;
    private long length;
    private Object before = NOTHING;
    private Object current = NOTHING;
    private Object after = NOTHING;
    private long index = -1;

    /** @param length number of items; -1 if they must be counted */
    Loop(Iterator<Object> items, long length) {
        this.items = items;
        this.length = length;
    }

    boolean hasNext() {
        return after != NOTHING || items.hasNext();
    }

    Object next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        before = current;
        current = after == NOTHING ? items.next() : after;
        after = NOTHING;
        index++;
        return current;
    }

    Object attribute(String name) {
        return switch (name) {
            case "index" -> index + 1;
            case "index0" -> index;
            case "first" -> index == 0;
            case "last" -> !peek();
            case "length" -> length();
            case "revindex" -> length() - index;
            case "revindex0" -> length() - index - 1;
            case "depth" -> 1L;
            case "depth0" -> 0L;
            case "previtem" -> index == 0 ? new Undefined("there is no previous item") : before;
            case "nextitem" -> peek() ? after : new Undefined("there is no next item");
            case "cycle" -> (Callable) this::cycle;
            default -> throw TemplateException.unsupported("loop." + name);
        };
    }

    private Object cycle(CallArguments arguments) {
        if (arguments.positional().isEmpty()) {
            throw new TemplateException("loop.cycle needs at least one argument");
        }
        return arguments.positional().get((int) (index % arguments.positional().size()));
    }

    private boolean peek() {
        if (after == NOTHING && items.hasNext()) {
            after = items.next();
        }
        return after != NOTHING;
    }

    private long length() {
        if (length < 0) {
            List<Object> rest = new ArrayList<>();
            items.forEachRemaining(rest::add);
            items = rest.iterator();
            length = rest.size() + index + 1 + (after == NOTHING ? 0 : 1);
        }
        return length;
    }
}
