package dev.krpo.worker.reward;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Fails in the way that the answer names; for any other answer, returns the completion's length. */
public final class BrokenReward implements Reward {

    /** Calls for the answer {@code slow}. */
    public static final AtomicInteger SLOW_CALLS = new AtomicInteger();

    private static final AtomicInteger CALLS_OF_THIRD = new AtomicInteger();
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    @Override
    public String name() {
        return "broken";
    }

    @Override
    public Score score(RewardInput input) {
        String completion = input.completion();
        return switch (input.answer()) {
            case "throw" -> throw new IllegalStateException("this answer breaks it");
            case "error" -> throw new AssertionError("no exception, but an error");
            case "unprintable" -> throw new UnprintableException();
            case "out-of-memory" -> throw new OutOfMemoryError("not truly");
            case "overflow" -> overflow(completion, 0);
            case "null" -> null;
            case "nan" -> Score.of(name(), Double.NaN);
            case "every-third" -> everyThird(completion);
            case "slow" -> slow(completion);
            case "sleep" -> sleep(completion);
            case "stubborn" -> stubborn(completion);
            default -> Score.of(name(), completion.length());
        };
    }

    private Score overflow(String completion, int depth) {
        return depth < 0
                ? Score.of(name(), depth)
                : overflow(completion, depth + 1).plus("depth" + depth, 0);
    }

    private Score everyThird(String completion) {
        if (CALLS_OF_THIRD.incrementAndGet() % 3 == 0) {
            throw new IllegalStateException("each third call breaks it");
        }
        return Score.of(name(), completion.length());
    }

    private Score slow(String completion) {
        SLOW_CALLS.incrementAndGet();
        try {
            NEVER.await(300, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Score.of(name(), completion.length());
    }

    private Score sleep(String completion) {
        try {
            NEVER.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Score.of(name(), completion.length());
    }

    /** Ignores its interruption. */
    private Score stubborn(String completion) {
        while (NEVER.getCount() > 0) {
            sleep(completion);
            Thread.interrupted();
        }
        return Score.of(name(), completion.length());
    }

    private static final class UnprintableException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new IllegalStateException("not even its message is available");
        }
    }
}
