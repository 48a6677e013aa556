package dev.krpo.testkit;

import dev.krpo.broker.EmbeddedBroker;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** One ephemeral broker for all tests of a class; after each test it closes the runs of that test. */
public final class TestBroker implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {

    private final Deque<EmbeddedRun> runs = new ArrayDeque<>();
    private EmbeddedBroker broker;
    private String test;

    @Override
    public void beforeAll(ExtensionContext context) {
        broker = EmbeddedBroker.startEphemeral();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        test = context.getRequiredTestMethod().getName();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        while (!runs.isEmpty()) {
            runs.pop().close();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        broker.close();
    }

    public String bootstrapServers() {
        return broker.bootstrapServers();
    }

    /** The name of the current test method, for {@code topics.prefix}. */
    public String test() {
        return test;
    }

    /** A run without topics, closed after the test. */
    public EmbeddedRun run(String prefix) {
        return closing(new EmbeddedRun(bootstrapServers(), prefix));
    }

    /** Closes the run after the test. */
    public <R extends EmbeddedRun> R closing(R run) {
        runs.push(run);
        return run;
    }
}
