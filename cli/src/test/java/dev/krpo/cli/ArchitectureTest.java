package dev.krpo.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks the map in docs/understand/architecture.md: dependencies point one way, and into open packages only. */
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

    /**
     * A module, the modules it may use, and those of its packages that other modules may use, where "." is the root
     * package. All other packages are internal.
     */
    @Retention(RetentionPolicy.RUNTIME)
    @ParameterizedTest
    @CsvSource({
        "broker, '', .",
        "settings, '', .",
        "estimators, settings, .",
        "policy, settings, . chat checkpoint family generate tokenizer",
        "schemas, '', . serde",
        "learner, settings policy, . normalize pretrain",
        "runtime, settings schemas, acl clock cluster deadletters prompts role rules settings text topic",
        "testkit, settings runtime schemas broker, ''",
        "streams, settings runtime schemas estimators, . reestimate settings",
        "worker, settings runtime schemas policy, . engine environment evaluate reward settings task",
        "trainer, settings runtime schemas estimators policy learner, replay run schedule settings",
        "pipeline, settings runtime schemas estimators policy learner streams worker trainer, report settings",
        "experiments, settings runtime schemas estimators policy learner worker trainer pipeline, . arithmetic",
        "cli, settings runtime schemas broker estimators policy learner streams worker trainer pipeline experiments, ''"
    })
    @interface EachModule {}

    @EachModule
    void shouldPointOneWay(String module, String allowed, String open) {
        assertThat(krpo.stream().filter(isIn(module)))
                .as("classes of %s; without classes the rule would hold vacuously", module)
                .isNotEmpty();
        String[] packages = Stream.of((module + " " + allowed).trim().split(" "))
                .map(name -> "dev.krpo." + name + "..")
                .toArray(String[]::new);

        classes()
                .that(isIn(module))
                .should()
                .onlyDependOnClassesThat(not(resideInAPackage("dev.krpo..")).or(resideInAnyPackage(packages)))
                .check(krpo);
    }

    @EachModule
    void shouldUseOnlyTheOpenPackagesOfAnotherModule(String module, String allowed, String open) {
        noClasses()
                .that(not(isIn(module)))
                .should()
                .dependOnClassesThat(isIn(module).and(not(resideInAnyPackage(packages(module, open)))))
                .check(krpo);
    }

    /** A package that is open without need invites use. */
    @EachModule
    void shouldOpenOnlyPackagesThatAnotherModuleUses(String module, String allowed, String open) {
        assertThat(krpo.stream()
                        .filter(not(isIn(module)))
                        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                        .map(dependency -> dependency.getTargetClass().getBaseComponentType())
                        .filter(isIn(module))
                        .map(JavaClass::getPackageName)
                        .distinct())
                .contains(packages(module, open));
    }

    private static DescribedPredicate<JavaClass> isIn(String module) {
        return resideInAPackage("dev.krpo." + module + "..");
    }

    private static String[] packages(String module, String names) {
        return Stream.of(names.split(" "))
                .filter(name -> !name.isEmpty())
                .map(name -> "dev.krpo." + module + (name.equals(".") ? "" : "." + name))
                .toArray(String[]::new);
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
