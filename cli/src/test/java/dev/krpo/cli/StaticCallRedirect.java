package dev.krpo.cli;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Redirects all calls of one static method in a class file to another class with a method of the same name and type.
 * Only the constant pool changes: the owner in the method's reference (Java Virtual Machine Specification, 4.4).
 */
final class StaticCallRedirect {

    private static final int UTF8 = 1;
    private static final int CLASS = 7;
    private static final int METHOD = 10;
    private static final int COUNT_AT = 8;

    private final ByteBuffer type;
    private final int[] at;
    private final int end;

    /** @param type a class file */
    StaticCallRedirect(byte[] type) {
        this.type = ByteBuffer.wrap(type);
        at = new int[unsigned(COUNT_AT)];
        int position = COUNT_AT + Short.BYTES;
        for (int entry = 1; entry < at.length; entry++) {
            at[entry] = position;
            int tag = type[position];
            position += size(tag, position);
            if (tag == 5 || tag == 6) {
                // A long or a double takes two entries.
                entry++;
            }
        }
        end = position;
    }

    /** The modified class file; null if it does not call the method. */
    byte[] apply(String owner, String method, String newOwner) {
        boolean found = false;
        for (int entry = 1; entry < at.length; entry++) {
            if (at[entry] != 0
                    && type.get(at[entry]) == METHOD
                    && text(first(first(entry))).equals(owner)
                    && text(first(second(entry))).equals(method)) {
                type.putShort(at[entry] + 1, (short) (at.length + 1));
                found = true;
            }
        }
        if (!found) {
            return null;
        }
        byte[] name = newOwner.getBytes(StandardCharsets.UTF_8);
        ByteBuffer changed = ByteBuffer.allocate(type.capacity() + 6 + name.length);
        changed.put(type.array(), 0, end);
        changed.put((byte) UTF8).putShort((short) name.length).put(name);
        changed.put((byte) CLASS).putShort((short) at.length);
        changed.put(type.array(), end, type.capacity() - end);
        changed.putShort(COUNT_AT, (short) (at.length + 2));
        return changed.array();
    }

    private int size(int tag, int position) {
        return switch (tag) {
            case UTF8 -> 3 + unsigned(position + 1);
            case CLASS, 8, 16, 19, 20 -> 3;
            case 15 -> 4;
            case 5, 6 -> 9;
            default -> 5;
        };
    }

    /** The first entry that an entry refers to: a reference's owner, or the name of a class or of a name-and-type. */
    private int first(int entry) {
        return unsigned(at[entry] + 1);
    }

    private int second(int entry) {
        return unsigned(at[entry] + 3);
    }

    private String text(int entry) {
        return new String(type.array(), at[entry] + 3, unsigned(at[entry] + 1), StandardCharsets.UTF_8);
    }

    private int unsigned(int position) {
        return Short.toUnsignedInt(type.getShort(position));
    }
}
