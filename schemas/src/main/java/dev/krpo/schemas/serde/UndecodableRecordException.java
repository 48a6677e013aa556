package dev.krpo.schemas.serde;

/** The bytes are not a record of a released schema; {@link #reason()} is the reason for {@code dead-letters}. */
public final class UndecodableRecordException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String reason;

    UndecodableRecordException(String reason, String detail, Throwable cause) {
        super(detail, cause);
        this.reason = reason;
    }

    /**
     * {@code empty}, {@code too-large}, {@code not-single-object}, {@code unknown-schema}, {@code wrong-record},
     * {@code truncated}, {@code length-out-of-range}, {@code count-out-of-range}, {@code number-out-of-range},
     * {@code enum-out-of-range}, {@code union-out-of-range}, {@code not-utf-8}, {@code trailing-bytes} or
     * {@code undecodable}.
     */
    public String reason() {
        return reason;
    }
}
