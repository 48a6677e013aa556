package dev.krpo.settings;

/**
 * A setting, or the file that contains it, is invalid; the message names the source, the key, the value and the remedy.
 */
public final class InvalidSettingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param message the source, the problem and the remedy */
    public InvalidSettingException(String message) {
        super(message);
    }

    /** @param message the source, the problem and the remedy */
    public InvalidSettingException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * @param config the configuration with the setting, for its source
     * @param remedy an imperative, such as "use a number above 0"
     */
    public InvalidSettingException(Config config, Setting<?> setting, String remedy) {
        this(message(config.source(setting), setting.key(), config.text(setting), remedy));
    }

    /** @param source empty if unknown */
    static String message(String source, String key, String text, String remedy) {
        return (source.isEmpty() ? "" : source + ": ") + key + " is '" + text + "'; " + remedy;
    }
}
