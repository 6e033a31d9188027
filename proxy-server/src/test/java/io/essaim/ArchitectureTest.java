package io.essaim;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The shape of the house, seen from its top: who may know whom, and where nothing is shared between threads. */
@AnalyzeClasses(packages = "io.essaim", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final Set<String> ON_ONE_LOOP = Set.of(
            "exchange.Exchange",
            "exchange.Attempt",
            "stream.Relay",
            "stream.NdjsonTap",
            "stream.SseTap",
            "upstream.BackendPool",
            "upstream.BackendConnection",
            "upstream.BackendRequest",
            "upstream.Loop",
            "frontend.ClientConnection",
            "http.RequestBody");

    private static final DescribedPredicate<JavaClass> CONFINED = DescribedPredicate.describe(
            "live on one event loop",
            c -> ON_ONE_LOOP.contains(
                    c.getName().substring("io.essaim.".length()).split("\\$", -1)[0]));

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("io.essaim.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule THE_SIMULATOR_KNOWS_NOTHING_OF_THE_PROXY = noClasses()
            .that()
            .resideInAPackage("io.essaim.simulator..")
            .should()
            .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("io.essaim..")
                    .and(DescribedPredicate.not(JavaClass.Predicates.resideInAPackage("io.essaim.simulator.."))));

    @ArchTest
    static final ArchRule ONLY_THE_COMMAND_LINE_KNOWS_THE_SIMULATOR = noClasses()
            .that()
            .resideInAPackage("io.essaim..")
            .and()
            .resideOutsideOfPackages("io.essaim.simulator..", "io.essaim.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.essaim.simulator..");

    /** The rooms of a request's way, each above those that it may use. A room that is not listed here may use all. */
    @ArchTest
    static final ArchRule A_REQUEST_GOES_ONE_WAY = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("http")
            .definedBy("io.essaim.http..")
            .layer("listen")
            .definedBy("io.essaim.listen..")
            .layer("stream")
            .definedBy("io.essaim.stream..")
            .layer("upstream")
            .definedBy("io.essaim.upstream..")
            .layer("warm")
            .definedBy("io.essaim.warm..")
            .layer("client")
            .definedBy("io.essaim.client..")
            .layer("recovery")
            .definedBy("io.essaim.recovery..")
            .layer("cloud")
            .definedBy("io.essaim.cloud..")
            .layer("exchange")
            .definedBy("io.essaim.exchange..")
            .layer("manage")
            .definedBy("io.essaim.manage..")
            .layer("frontend")
            .definedBy("io.essaim.frontend..")
            .layer("admin")
            .definedBy("io.essaim.admin..")
            .layer("probe")
            .definedBy("io.essaim.probe..")
            .layer("server")
            .definedBy("io.essaim.server..")
            .whereLayer("frontend")
            .mayOnlyBeAccessedByLayers("server")
            .whereLayer("manage")
            .mayOnlyBeAccessedByLayers("frontend", "server")
            .whereLayer("exchange")
            .mayOnlyBeAccessedByLayers("frontend", "server")
            .whereLayer("cloud")
            .mayOnlyBeAccessedByLayers("exchange", "server")
            .whereLayer("recovery")
            .mayOnlyBeAccessedByLayers("exchange")
            .whereLayer("client")
            .mayOnlyBeAccessedByLayers("recovery", "cloud", "exchange", "manage", "frontend")
            .whereLayer("warm")
            .mayOnlyBeAccessedByLayers("exchange", "server")
            .whereLayer("upstream")
            .mayOnlyBeAccessedByLayers(
                    "warm", "client", "recovery", "cloud", "exchange", "manage", "frontend", "server")
            .whereLayer("stream")
            .mayOnlyBeAccessedByLayers("upstream", "warm", "client", "recovery", "cloud", "exchange")
            .whereLayer("listen")
            .mayOnlyBeAccessedByLayers("frontend", "admin", "server")
            .whereLayer("probe")
            .mayOnlyBeAccessedByLayers("server")
            .whereLayer("admin")
            .mayOnlyBeAccessedByLayers("server");

    @ArchTest
    static final ArchRule HTTP_KNOWS_ONLY_OLLAMAS_WORDS = noClasses()
            .that()
            .resideInAPackage("io.essaim.http..")
            .should()
            .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("io.essaim..")
                    .and(DescribedPredicate.not(
                            JavaClass.Predicates.resideInAnyPackage("io.essaim.http..", "io.essaim.api.."))));

    @ArchTest
    static final ArchRule NOTHING_IS_SHARED_WITHIN_A_REQUEST = classes()
            .that(CONFINED)
            .should(haveNoVolatileFieldNorSynchronizedMethod())
            .andShould()
            .onlyDependOnClassesThat(DescribedPredicate.describe(
                    "are neither locks nor atomics",
                    c -> !c.getPackageName().equals("java.util.concurrent.atomic")
                            && !c.getPackageName().equals("java.util.concurrent.locks")));

    @ArchTest
    static final ArchRule FINAL_UNLESS_ABSTRACT = classes()
            .that()
            .resideInAPackage("io.essaim..")
            .and()
            .resideOutsideOfPackage("io.essaim.simulator..")
            .and(DescribedPredicate.describe(
                    "are classes",
                    (JavaClass c) ->
                            !c.isInterface() && !c.isEnum() && !c.getModifiers().contains(JavaModifier.ABSTRACT)))
            .and()
            .areNotAnonymousClasses()
            .should()
            .haveModifier(JavaModifier.FINAL)
            .because("nothing here is made for inheritance but the sealed readers of heads");

    /** Two types of one name are one word for two things. The simulator is a program of its own. */
    @ArchTest
    static void eachNameIsOneType(JavaClasses all) {
        Map<String, List<String>> named = all.stream()
                .filter(c -> c.isTopLevelClass() && !c.getSimpleName().equals("package-info"))
                .map(JavaClass::getName)
                .filter(name -> !name.startsWith("io.essaim.simulator."))
                .collect(Collectors.groupingBy(name -> name.substring(name.lastIndexOf('.') + 1)));
        assertThat(named.values()).allSatisfy(types -> assertThat(types).hasSize(1));
    }

    /** The page that a newcomer reads first names types that exist, and keeps its glossary short. */
    @ArchTest
    static void thePageOfTheArchitectureIsTrue(JavaClasses all) throws IOException {
        String page = Files.readString(Path.of("..", "ARCHITECTURE.md"));
        Set<String> types = all.stream().map(JavaClass::getSimpleName).collect(Collectors.toSet());
        Set<String> words = Set.of("ArchitectureTest", "PLANNED", "WAITING", "RESUMING", "INTERNAL");
        assertThat(Pattern.compile("`(?:[a-z]+[./])?([A-Z]\\w+)[`.]")
                        .matcher(page)
                        .results()
                        .map(type -> type.group(1))
                        .filter(type -> !words.contains(type)))
                .isNotEmpty()
                .allSatisfy(type -> assertThat(types).contains(type));
        String glossary = page.substring(page.indexOf("## Glossary"), page.indexOf("## Who may touch what"));
        assertThat(glossary.lines().filter(line -> line.startsWith("| "))).hasSizeBetween(40, 61);
    }

    /** A class that was renamed must not slip out of the rule. */
    @ArchTest
    static void theClassesOfOneLoopExist(JavaClasses all) {
        assertThat(all.stream()
                        .filter(CONFINED)
                        .map(c -> c.getName().substring("io.essaim.".length()))
                        .filter(ON_ONE_LOOP::contains)
                        .collect(Collectors.toSet()))
                .isEqualTo(ON_ONE_LOOP);
    }

    private static ArchCondition<JavaClass> haveNoVolatileFieldNorSynchronizedMethod() {
        return new ArchCondition<>("have no volatile field and no synchronized method") {
            @Override
            public void check(JavaClass c, ConditionEvents events) {
                for (JavaField field : c.getFields()) {
                    if (field.getModifiers().contains(JavaModifier.VOLATILE)) {
                        events.add(SimpleConditionEvent.violated(field, field.getFullName() + " is volatile"));
                    }
                }
                c.getMethods().stream()
                        .filter(m -> m.getModifiers().contains(JavaModifier.SYNCHRONIZED))
                        .forEach(m ->
                                events.add(SimpleConditionEvent.violated(m, m.getFullName() + " is synchronized")));
            }
        };
    }
}
