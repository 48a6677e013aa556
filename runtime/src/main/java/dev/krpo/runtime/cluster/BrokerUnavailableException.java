package dev.krpo.runtime.cluster;

/** No broker responded in time; the message names the address and the setting. */
public final class BrokerUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    BrokerUnavailableException(String message) {
        super(message);
    }

    BrokerUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
