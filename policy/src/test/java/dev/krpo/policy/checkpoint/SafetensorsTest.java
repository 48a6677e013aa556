package dev.krpo.policy.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {

    @TempDir
    private Path folder;

    @Test
    void shouldReadBackTheSameBitsInTheSameOrder() throws IOException {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        tensors.put("z", new HostTensor(new float[] {1.5f, -0f, Float.MIN_VALUE, Float.NaN, 1e38f, 7}, 2, 3));
        tensors.put("a", new HostTensor(new float[] {42}));
        tensors.put("empty", new HostTensor(new float[0], 0, 4));
        Path file = folder.resolve("t.safetensors");

        SafetensorsWriter.write(file, tensors);

        assertThat(SafetensorsReader.read(file)).isEqualTo(tensors);
        assertThat(SafetensorsReader.read(file).keySet()).containsExactly("z", "a", "empty");
        assertThat(ByteBuffer.wrap(Files.readAllBytes(file))
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .getLong()
                        % 8)
                .isZero();
    }

    @Test
    void shouldReadIntegersAndWidenHalfPrecision() throws IOException {
        Path file = write(
                """
                {"ids":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},
                 "brain":{"dtype":"BF16","shape":[2],"data_offsets":[16,20]},
                 "half":{"dtype":"F16","shape":[4],"data_offsets":[20,28]}}""",
                ByteBuffer.allocate(28)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(5)
                        .putLong(-1)
                        .putShort((short) 0x3fc0)
                        .putShort((short) 0xc000)
                        .putShort((short) 0x3e00)
                        .putShort((short) 0xc000)
                        .putShort((short) 0x0001)
                        .putShort((short) 0x7c00));

        SafetensorsReader tensors = SafetensorsReader.open(file);

        assertThat(tensors.floats("brain").values()).containsExactly(1.5f, -2);
        assertThat(tensors.floats("half").values()).containsExactly(1.5f, -2, 0x1p-24f, Float.POSITIVE_INFINITY);
        assertThat(tensors.floats("half").shape()).containsExactly(4);
        assertThatThrownBy(() -> tensors.floats("ids")).hasMessageContaining("tensor ids: dtype is I64");
        assertThatThrownBy(() -> tensors.floats("other")).hasMessageContaining("tensor other is missing");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'w':{'dtype':'F8_E4M3','shape':[1],'data_offsets':[0,1]}} | 1 | tensor w: dtype is \"F8_E4M3\"",
                "{'w':{'shape':[1],'data_offsets':[0,4]}} | 4 | tensor w: dtype is ;",
                "{'w':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}} | 4 | tensor w: shape is [-1]",
                "{'w':{'dtype':'F32','shape':'1','data_offsets':[0,4]}} | 4 | tensor w: shape is \"1\"",
                "{'w':{'dtype':'F32','shape':[1.5],'data_offsets':[0,4]}} | 4 | tensor w: shape is [1.5]",
                "{'w':{'dtype':'F32','shape':[9000000000,9000000000],'data_offsets':[0,4]}} | 4 | too large",
                "{'w':{'dtype':'F32','shape':[1],'data_offsets':[4]}} | 4 | tensor w: data_offsets are [4]",
                "{'w':{'dtype':'F32','shape':[1],'data_offsets':[4,0]}} | 4 | tensor w: data_offsets are [4,0]",
                "{'w':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}} | 8 | span 8 bytes, but dtype F32 and"
                        + " shape [3] need 12",
                "{'v':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},"
                        + "'w':{'dtype':'F32','shape':[2],'data_offsets':[4,12]}} | 12 |"
                        + " tensor w: data_offsets begin at 4, overlapping v, which ends at 8",
                "{'v':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},"
                        + "'w':{'dtype':'F32','shape':[1],'data_offsets':[8,12]}} | 12 |"
                        + " tensor w: data_offsets begin at 8, leaving a gap after v",
                "{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | 4 | wrong length: the tensors need 8"
                        + " bytes, but 4 follow",
                "{'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | 9 | wrong length: the tensors need 4"
                        + " bytes, but 9 follow",
                "{'w':1,'w':2} | 0 | Duplicate field 'w'",
                "[] | 0 | the header is not a JSON object",
                "{not json | 0 | the header is not JSON",
            })
    void shouldNameTheDefect(String header, int dataBytes, String words) throws IOException {
        Path file = write(header.replace('\'', '"'), ByteBuffer.allocate(dataBytes));

        assertThatThrownBy(() -> SafetensorsReader.open(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("t.safetensors: ")
                .hasMessageContaining(words);
    }

    @Test
    void shouldReportATruncatedHeader() throws IOException {
        Path file = folder.resolve("t.safetensors");

        Files.write(file, new byte[] {1, 2, 3});
        assertThatThrownBy(() -> SafetensorsReader.open(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("truncated header: the file has 3 bytes");

        Files.write(
                file,
                ByteBuffer.allocate(16)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(99)
                        .array());
        assertThatThrownBy(() -> SafetensorsReader.open(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("truncated header: its length is given as 99 bytes, but 8 follow");
    }

    private Path write(String header, ByteBuffer data) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        byte[] file = ByteBuffer.allocate(8 + text.length + data.capacity())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .put(data.rewind())
                .array();
        return Files.write(folder.resolve("t.safetensors"), file);
    }
}
