package dev.krpo.benchmarks;

import java.util.function.Consumer;

/** A performance claim, measured as the ratio of two variants that run side by side on this machine. */
interface Benchmark {

    /** The name on the command line. */
    String name();

    /** The claim in one line for {@code --help}. */
    String claim();

    /**
     * Runs all rounds.
     *
     * @param progress receives one line per round
     */
    Measurement run(Consumer<String> progress) throws Exception;
}
