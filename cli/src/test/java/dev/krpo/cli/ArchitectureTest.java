package dev.krpo.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks the map in docs/understand/architecture.md: dependencies point one way. */
class ArchitectureTest {

    private static final String[] KAFKA = {"org.apache.kafka..", "kafka.."};
    private static final String[] KAFKA_STREAMS = {"org.apache.kafka.streams.."};
    private static final String[] DJL = {"ai.djl.."};

    private static JavaClasses krpo;

    @BeforeAll
    static void importEveryModule() {
        krpo = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("dev.krpo");
    }

    /** A module and the modules it may use. */
    @ParameterizedTest
    @CsvSource({
        "broker, ''",
        "settings, ''",
        "estimators, settings",
        "policy, ''",
        "schemas, ''",
        "learner, settings policy",
        "runtime, settings schemas",
        "streams, settings runtime schemas estimators",
        "worker, settings runtime schemas policy",
        "trainer, settings runtime schemas estimators policy learner",
        "pipeline, settings runtime schemas estimators policy learner streams worker trainer",
        "experiments, settings runtime schemas estimators policy learner worker trainer pipeline",
        "cli, settings runtime schemas broker estimators policy learner streams worker trainer pipeline experiments"
    })
    void shouldPointOneWay(String module, String allowed) {
        assertThat(krpo.stream().filter(type -> type.getPackageName().startsWith("dev.krpo." + module)))
                .as("classes of %s; without classes the rule would hold vacuously", module)
                .isNotEmpty();
        String[] packages = Stream.of((module + " " + allowed).trim().split(" "))
                .map(name -> "dev.krpo." + name + "..")
                .toArray(String[]::new);

        classes()
                .that()
                .resideInAPackage("dev.krpo." + module + "..")
                .should()
                .onlyDependOnClassesThat(not(resideInAPackage("dev.krpo..")).or(resideInAnyPackage(packages)))
                .check(krpo);
    }

    @Test
    void shouldKeepKafkaOutOfThePureModules() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.krpo.settings..", "dev.krpo.estimators..", "dev.krpo.policy..", "dev.krpo.learner..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(KAFKA)
                .check(krpo);
    }

    @Test
    void shouldKeepKafkaStreamsInTheTopology() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.krpo.streams..", "dev.krpo.pipeline..", "dev.krpo.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(KAFKA_STREAMS)
                .check(krpo);
    }

    @Test
    void shouldKeepDjlOutOfTheTopologyAndTheRecords() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.krpo.schemas..", "dev.krpo.runtime..", "dev.krpo.streams..", "dev.krpo.broker..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(DJL)
                .check(krpo);
    }

    @Test
    void shouldKeepTheEstimatorsPureArithmetic() {
        classes()
                .that()
                .resideInAPackage("dev.krpo.estimators..")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage("java..", "dev.krpo.settings..", "dev.krpo.estimators.."))
                .check(krpo);
    }

    @Test
    void shouldHaveNoCyclesBetweenPackages() {
        slices().matching("dev.krpo.(**)").should().beFreeOfCycles().check(krpo);
    }
}
