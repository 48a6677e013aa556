package dev.krpo.cli.inspect;

import dev.krpo.cli.run.OpenRun;
import dev.krpo.cli.run.RunOptions;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A view of {@code krpo inspect}. */
abstract class Inspection implements Callable<Integer> {

    private static final int TEXT_WIDTH = 32;

    @Mixin
    private RunOptions options;

    @Spec
    private CommandSpec spec;

    /** Reads everything before printing, so that a failure never leaves half a table. */
    abstract void show(InspectedRun run) throws InterruptedException;

    @Override
    public Integer call() throws InterruptedException {
        try (OpenRun open = options.open();
                InspectedRun run = new InspectedRun(open.config())) {
            show(run);
        }
        return 0;
    }

    void print(String format, Object... values) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(Locale.ROOT, format + "%n", values);
        out.flush();
    }

    static String time(long epochMs) {
        return Instant.ofEpochMilli(epochMs).truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** Shortened to one line. */
    static String shortened(String text) {
        String line = text.replace("\n", "\\n");
        return line.length() <= TEXT_WIDTH ? line : line.substring(0, TEXT_WIDTH - 3) + "...";
    }
}
