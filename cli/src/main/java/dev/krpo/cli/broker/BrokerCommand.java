package dev.krpo.cli.broker;

import dev.krpo.cli.role.RoleProcess;
import dev.krpo.settings.UsageException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code krpo broker}: runs a Kafka broker for trying the roles on one machine. */
@Command(
        name = "broker",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Run a Kafka broker on this machine, to try the roles as processes without a cluster.",
            "It is the quickstart's broker: a single node without security that listens on the loopback address"
                    + " only. Data in --data survives restarts; only one broker at a time can use the directory."
        },
        footer = {"", "Examples: krpo broker", "          krpo broker --data runs/20261121-120000/broker --port 9092"})
public final class BrokerCommand implements Callable<Integer> {

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "broker-data",
            description = "Data directory of the broker (default: ${DEFAULT-VALUE}).")
    private Path data;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "9092",
            description = "Port for clients (default: ${DEFAULT-VALUE}, which every command uses by default).")
    private int port;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (port < 1 || port > 65_535) {
            throw new UsageException("--port is " + port + "; use a number from 1 to 65535");
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
