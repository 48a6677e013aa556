package dev.krpo.benchmarks;

import java.util.function.Consumer;

/** One claim about speed, measured as a ratio of two variants that run side by side on this machine. */
interface Benchmark {

    /** The name given on the command line. */
    String name();

    /** The claim, as one line for {@code --help}. */
    String claim();

    /**
     * Runs every round.
     *
     * @param progress told one line per round
     */
    Measurement run(Consumer<String> progress) throws Exception;
}
