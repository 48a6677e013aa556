package dev.krpo.cli.run;

import java.nio.file.Path;

/** Where the files that come with the program are. */
public final class Home {

    private Home() {}

    /** The folder given by the launcher as {@code krpo.home}, or the working directory. */
    private static Path path() {
        return Path.of(System.getProperty("krpo.home", ""));
    }

    /** The arithmetic example: base-model/, train.jsonl, held-out.jsonl. */
    public static Path arithmetic() {
        return path().resolve("examples").resolve("arithmetic");
    }
}
