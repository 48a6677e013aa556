package dev.krpo.cli;

import dev.krpo.schemas.kafka.Role;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** Runs one role until it stops by itself or the process is asked to stop. */
final class RoleRun {

    private RoleRun() {}

    /** @return the exit code: 0 after a clean stop, 1 after a failure */
    static int run(String name, Role role) throws InterruptedException {
        CountDownLatch closed = new CountDownLatch(1);
        Thread hook = new Thread(
                () -> {
                    role.close();
                    closed.countDown();
                },
                name + "-shutdown");
        role.start();
        Runtime.getRuntime().addShutdownHook(hook);
        System.out.println(name + " is running; Ctrl-C stops it cleanly");
        role.awaitTermination();
        if (hook.isAlive()) {
            closed.await();
            return 0;
        }
        role.close();
        Optional<Throwable> failure = role.failure();
        failure.ifPresent(cause -> System.err.println("krpo " + name + " failed: " + cause.getMessage()));
        return failure.isPresent() ? 1 : 0;
    }
}
