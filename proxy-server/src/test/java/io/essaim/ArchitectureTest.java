package io.essaim;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
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
import java.util.Set;
import java.util.stream.Collectors;

/** The shape of the house, seen from its top: who may know whom, and where nothing is shared between threads. */
@AnalyzeClasses(packages = "io.essaim", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final Set<String> ON_ONE_LOOP = Set.of(
            "Exchange",
            "Attempt",
            "Relay",
            "BackendPool",
            "BackendConnection",
            "Loop",
            "Frontend",
            "BackendRequest",
            "RequestBody",
            "NdjsonEnd",
            "SseEnd");

    private static final DescribedPredicate<JavaClass> CONFINED = DescribedPredicate.describe(
            "live on one event loop",
            c -> c.getPackageName().equals("io.essaim.relay")
                    && ON_ONE_LOOP.contains(
                            c.getName().substring("io.essaim.relay.".length()).split("\\$", -1)[0]));

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

    @ArchTest
    static final ArchRule THE_RELAY_KNOWS_NEITHER_PROBES_NOR_START = noClasses()
            .that()
            .resideInAPackage("io.essaim.relay..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.essaim.cli..", "io.essaim.server..", "io.essaim.probe..", "io.essaim.admin..");

    @ArchTest
    static final ArchRule HTTP_KNOWS_NOBODY = noClasses()
            .that()
            .resideInAPackage("io.essaim.http..")
            .should()
            .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("io.essaim..")
                    .and(DescribedPredicate.not(JavaClass.Predicates.resideInAPackage("io.essaim.http.."))));

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

    /** A class that was renamed must not slip out of the rule. */
    @ArchTest
    static void theClassesOfOneLoopExist(JavaClasses all) {
        assertThat(all.stream()
                        .filter(CONFINED)
                        .map(JavaClass::getSimpleName)
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
