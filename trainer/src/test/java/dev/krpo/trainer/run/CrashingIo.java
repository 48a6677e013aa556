package dev.krpo.trainer.run;

import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.trainer.publish.TrainerIo;
import dev.krpo.trainer.publish.VersionName;
import dev.krpo.trainer.settings.TrainerSettings;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Producer;

/** The production I/O, with a crash of the process (or a full disk) at one point of the fourth version. */
final class CrashingIo implements TrainerIo {

    static final int CRASHED = 42;
    private static final int VERSION = 4;

    /** Where the crash happens. */
    enum Point {
        BEFORE_CHECKPOINT,
        AFTER_CHECKPOINT,
        INSIDE_TRANSACTION,
        AFTER_TRANSACTION,
        DISK_FULL
    }

    private final Point point;
    private final AtomicInteger transactions = new AtomicInteger();

    CrashingIo(Point point) {
        this.point = point;
    }

    @Override
    public CheckpointStore store(TrainerSettings settings) {
        CheckpointStore real = TrainerIo.super.store(settings);
        return around(CheckpointStore.class, real, (method, call) -> {
            boolean fourth = method.equals("write")
                    && real.names().stream()
                            .anyMatch(name -> VersionName.parse(name).equals(Optional.of(VERSION - 1L)));
            crashIf(fourth && point == Point.BEFORE_CHECKPOINT);
            if (fourth && point == Point.DISK_FULL) {
                throw new CheckpointException(
                        "Checkpoint of version " + VERSION + " cannot be written",
                        new IOException("No space left on device"));
            }
            Object result = call.run();
            crashIf(fourth && point == Point.AFTER_CHECKPOINT);
            return result;
        });
    }

    @Override
    public Producer<byte[], byte[]> producer(TrainerSettings settings) {
        Producer<byte[], byte[]> real = TrainerIo.super.producer(settings);
        @SuppressWarnings("unchecked")
        Producer<byte[], byte[]> crashing = around(Producer.class, real, (method, call) -> {
            // The first transaction belongs to version 0.
            boolean fourth = method.equals("commitTransaction") && transactions.incrementAndGet() == VERSION + 1;
            if (fourth && point == Point.INSIDE_TRANSACTION) {
                // The records are on the broker, but their transaction is never ended.
                real.flush();
                crashIf(true);
            }
            Object result = call.run();
            crashIf(fourth && point == Point.AFTER_TRANSACTION);
            return result;
        });
        return crashing;
    }

    private static void crashIf(boolean here) {
        if (here) {
            Runtime.getRuntime().halt(CRASHED);
        }
    }

    private interface Call {
        Object run() throws Throwable;
    }

    private interface Around {
        Object call(String method, Call call) throws Throwable;
    }

    private static <T> T around(Class<T> type, Object real, Around around) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> around.call(method.getName(), () -> {
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                })));
    }
}
