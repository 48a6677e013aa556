package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DockerComposeTest {

    @Test
    void shouldKeepTheLogWithTheCheckpointsInNamedVolumes() throws IOException {
        JsonNode compose = new ObjectMapper(new YAMLFactory())
                .readTree(Path.of("..", "docker-compose.yml").toFile());
        JsonNode broker = compose.at("/services/broker");

        assertThat(broker.at("/environment/KAFKA_LOG_DIRS").asText()).isEqualTo("/var/lib/kafka/data");
        assertThat(broker.at("/volumes/0").asText()).isEqualTo("log:/var/lib/kafka/data");
        assertThat(compose.at("/x-krpo/volumes/0").asText()).startsWith("checkpoints:");
        assertThat(compose.at("/x-krpo/volumes/1").asText()).isEqualTo("./plugins:/opt/krpo/plugins:ro");
        assertThat(compose.get("volumes").fieldNames()).toIterable().containsExactlyInAnyOrder("log", "checkpoints");
    }
}
