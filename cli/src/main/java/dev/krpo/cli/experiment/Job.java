package dev.krpo.cli.experiment;

import java.io.IOException;
import java.nio.file.Path;

/** A piece of work for a process of its own, with a result in a file. */
interface Job {

    /** What {@code --run} takes, and what messages call it. */
    String name();

    /** Where the result lies under the experiment's directory; whatever decides the result is in the name. */
    Path file();

    /** Does the work and writes the result completely or not at all. */
    void run(Path file) throws IOException;

    /** The result in a few words. */
    String outcome(Path file) throws IOException;
}
