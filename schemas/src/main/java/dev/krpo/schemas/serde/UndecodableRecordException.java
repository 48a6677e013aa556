package dev.krpo.schemas.serde;

/** Bytes that are not one of the released records; {@link #reason()} is the reason that goes to {@code dead-letters}. */
public final class UndecodableRecordException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String reason;

    UndecodableRecordException(String reason, String detail, Throwable cause) {
        super(detail, cause);
        this.reason = reason;
    }

    static UndecodableRecordException truncated(int bytes, Class<?> type, long fingerprint, Exception cause) {
        return new UndecodableRecordException(
                "truncated",
                String.format(
                        "%d bytes are no whole %s of schema %016x: %s",
                        bytes, type.getSimpleName(), fingerprint, cause),
                cause);
    }

    /** {@code empty}, {@code not-single-object}, {@code unknown-schema} or {@code truncated}. */
    public String reason() {
        return reason;
    }
}
