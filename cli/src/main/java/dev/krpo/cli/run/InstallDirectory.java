package dev.krpo.cli.run;

import java.nio.file.Path;

/** Location of the files that ship with the program. */
public final class InstallDirectory {

    private InstallDirectory() {}

    /** The directory in the launcher's system property {@code krpo.home}, or the working directory. */
    private static Path path() {
        return Path.of(System.getProperty("krpo.home", ""));
    }

    /** The arithmetic example: base-model/, train.jsonl, held-out.jsonl. */
    public static Path arithmetic() {
        return path().resolve("examples").resolve("arithmetic");
    }
}
