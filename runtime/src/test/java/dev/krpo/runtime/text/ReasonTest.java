package dev.krpo.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;

class ReasonTest {

    @Test
    void shouldUseTheMessageOfTheCauseThatAnExceptionMerelyWraps() {
        IllegalStateException cause = new IllegalStateException("the log is gone");
        assertThat(Reason.message(new KafkaException(cause))).isEqualTo("the log is gone");
        assertThat(Reason.message(new ExecutionException(new CompletionException(cause))))
                .isEqualTo("the log is gone");
        assertThat(Reason.message(new UncheckedIOException(new IOException("no room"))))
                .isEqualTo("no room");
        assertThat(Reason.message(new IllegalStateException("ours", cause))).isEqualTo("ours");
        assertThat(Reason.message(new IllegalStateException((String) null))).isNull();
    }

    @Test
    void shouldNameTheFileAndTheProblem() {
        assertThat(Reason.message(new UncheckedIOException(new NoSuchFileException("/data/x"))))
                .isEqualTo("/data/x: no such file or directory");
        assertThat(Reason.message(new AccessDeniedException("/data/x"))).isEqualTo("/data/x: permission denied");
        assertThat(Reason.message(new FileSystemException("/data/x", null, "Read-only file system")))
                .isEqualTo("/data/x: Read-only file system");
    }
}
