package dev.krpo.schemas.serde;

/** Bytes that cannot be what they are read as; {@link RecordFault} adds the field. */
final class MalformedBytesException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String reason;

    MalformedBytesException(String reason, String detail) {
        super(detail);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
