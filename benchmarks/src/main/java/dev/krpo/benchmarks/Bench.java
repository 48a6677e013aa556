package dev.krpo.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code krpo bench NAME}: runs one benchmark and reports whether the ratio reaches its target. */
@Command(
        name = "krpo bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Measures one performance claim: medians over rounds, and the ratio of two variants run"
                + " side by side.",
        footer = {
            "",
            "Benchmarks:",
            "  topology   records/s of the krpo estimator over a pass-through topology, target >= 0.7",
            "  sampling   tokens/s with the KV cache over recomputing the prefix, 64 new tokens, target >= 5",
            "  overlap    busy time of worker plus trainer over the elapsed time of a quickstart, target > 1",
            "  training-0.1m, training-10m, training-135m",
            "             tokens/s trained over eager PyTorch with transformers, target >= 1; KRPO_PYTHON names a"
                    + " Python that has both",
            "",
            "Example: ./krpo bench topology --json topology.json"
        })
public final class Bench implements Callable<Integer> {

    private static final List<Benchmark> ALL = List.of(
            new TopologyBenchmark(),
            new SamplingBenchmark(),
            new OverlapBenchmark(),
            new TrainingBenchmark("0.1m", 64, 16, 16, 100),
            new TrainingBenchmark("10m", 16, 64, 64, 5),
            new TrainingBenchmark("135m", 8, 64, 64, 1));

    @Parameters(index = "0", paramLabel = "NAME", description = "one of the benchmarks below")
    private String name;

    @Option(names = "--json", paramLabel = "FILE", description = "also write every round and the medians to FILE")
    private Path json;

    public static void main(String[] args) {
        System.exit(new CommandLine(new Bench()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        Benchmark benchmark = ALL.stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("NAME is '" + name + "'; known: "
                        + ALL.stream().map(Benchmark::name).toList()));
        System.out.println(benchmark.claim());
        Measurement measured = benchmark.run(System.out::println);
        System.out.printf(
                "%s %.0f %s, %s %.0f %s, ratio %.2f (target %.2f): %s%n",
                measured.subject(),
                measured.subjectMedian(),
                measured.unit(),
                measured.reference(),
                measured.referenceMedian(),
                measured.unit(),
                measured.ratio(),
                measured.targetRatio(),
                measured.ratio() >= measured.targetRatio() ? "reached" : "NOT reached");
        if (json != null) {
            Files.writeString(json, toJson(measured));
        }
        return 0;
    }

    private static String toJson(Measurement measured) throws Exception {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("benchmark", measured.benchmark());
        document.put("unit", measured.unit());
        document.put("rounds", measured.subjectRates().size());
        document.put(measured.subject(), Map.of("median", measured.subjectMedian(), "rates", measured.subjectRates()));
        document.put(
                measured.reference(), Map.of("median", measured.referenceMedian(), "rates", measured.referenceRates()));
        document.put("ratio", measured.ratio());
        document.put("target_ratio", measured.targetRatio());
        return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(document) + "\n";
    }
}
