package dev.krpo.policy.checkpoint;

import dev.krpo.settings.Named;
import java.net.URI;

/** The service behind one URI scheme of {@code policy.checkpoints}. */
public interface CheckpointStoreFactory extends Named {

    /** The scheme, in lower case, such as {@code file}. */
    @Override
    String name();

    /**
     * The store at this URI, which need not exist yet and may be temporarily unavailable.
     *
     * @param root of the scheme that is {@link #name()}
     * @throws IllegalArgumentException if the URI cannot be the root of a store, naming the remedy
     */
    CheckpointStore at(URI root);
}
