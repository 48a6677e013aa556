package dev.krpo.schemas.serde;

/** Bytes do not encode the expected value; {@link RecordFault} adds the field. */
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
