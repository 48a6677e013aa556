package dev.krpo.cli.broker;

import dev.krpo.cli.config.UsageException;
import dev.krpo.cli.role.RoleProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code krpo broker}: a Kafka broker for trying the roles on one machine. */
@Command(
        name = "broker",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Run a Kafka broker on this machine, to try the roles as processes without a cluster.",
            "It is the one of the quickstart: a single node that listens on the loopback address only, without"
                    + " security. What is in"
                    + " --data stays over restarts, and one broker at a time may use it."
        },
        footer = {"", "Examples: krpo broker", "          krpo broker --data runs/20261121-120000/broker --port 9092"})
public final class BrokerCommand implements Callable<Integer> {

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "broker-data",
            description = "Where the records are kept (default: ${DEFAULT-VALUE}).")
    private Path data;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "9092",
            description = "Where clients connect (default: ${DEFAULT-VALUE}, where every command looks by itself).")
    private int port;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (port < 1 || port > 65_535) {
            throw new UsageException("--port is " + port + "; a number from 1 to 65535 is needed");
        }
        String address = "localhost:" + port;
        new RoleProcess(
                        "broker",
                        new BrokerRole(data, port),
                        Duration.ZERO,
                        spec.commandLine().getOut())
                .run(String.join(
                        System.lineSeparator(),
                        "broker: running on " + address + ", data in " + data + ", log in " + BrokerRole.log(data)
                                + "; Ctrl-C stops it",
                        "next, in another terminal: ./krpo topics create --bootstrap-servers " + address));
        return 0;
    }
}
