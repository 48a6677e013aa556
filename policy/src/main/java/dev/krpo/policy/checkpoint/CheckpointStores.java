package dev.krpo.policy.checkpoint;

import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.settings.Services;
import dev.krpo.settings.Setting;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The checkpoint stores by the scheme of their URI; a plain path is a directory. */
public final class CheckpointStores {

    private static final Services<CheckpointStoreFactory> ALL =
            Services.of(CheckpointStoreFactory.class, "checkpoint store");

    /** A single letter is a drive of Windows. */
    private static final Pattern STARTS_WITH_SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):.*");

    private CheckpointStores() {}

    /**
     * The store that a setting names.
     *
     * @throws InvalidSettingException naming the setting, its value, the known schemes and the remedy
     */
    public static CheckpointStore of(Config config, Setting<String> location) {
        try {
            return at(config.get(location));
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingException(config, location, e.getMessage());
        }
    }

    /**
     * The store at this location, which need not exist yet.
     *
     * @param location a path or a URI
     * @throws IllegalArgumentException naming the known schemes and the remedy
     */
    public static CheckpointStore at(String location) {
        Matcher uri = STARTS_WITH_SCHEME.matcher(location);
        if (!uri.matches()) {
            return new DirectoryCheckpointStore(Path.of(location));
        }
        CheckpointStoreFactory factory;
        try {
            factory = ALL.named(uri.group(1).toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(e.getMessage() + "; write ./" + location + " if it is a path", e);
        }
        try {
            return factory.at(new URI(location));
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("percent-encode what a URI cannot contain: " + e.getMessage(), e);
        }
    }
}
