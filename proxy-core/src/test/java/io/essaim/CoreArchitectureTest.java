package io.essaim;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;

/** The rules of proxy-core: decisions and state only, so that every one of them can be tested without a network or a wait. */
@AnalyzeClasses(packages = "io.essaim", importOptions = ImportOption.DoNotIncludeTests.class)
class CoreArchitectureTest {
    private static final Set<String> CLOCK_CALLS = Set.of(
            "java.lang.System.nanoTime",
            "java.lang.System.currentTimeMillis",
            "java.lang.System.getenv",
            "java.time.InstantSource.system",
            "java.time.ZoneId.systemDefault");

    @ArchTest
    static final ArchRule NO_NETWORK_THREADS_OR_FILES = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.netty..", "java.nio.file..", "java.nio.channels..", "java.net.http..", "javax.net..")
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching("java\\.io\\.(File|Random).*|java\\.net\\.(.*Socket.*|URL|URLConnection)")
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching(
                    "java\\.lang\\.Thread|java\\.util\\.Timer.*|java\\.lang\\.Process.*"
                            + "|java\\.util\\.concurrent\\.(Executor.*|.*Executor|.*ExecutorService|CompletableFuture|ForkJoin.*)");

    @ArchTest
    static final ArchRule NO_CLOCK_BUT_THE_TICKER = noClasses()
            .should()
            .accessTargetWhere(DescribedPredicate.describe(
                    "reads a clock or the environment",
                    (JavaAccess<?> access) -> CLOCK_CALLS.contains(
                                    access.getTargetOwner().getName() + "." + access.getName())
                            || access.getName().equals("now")
                                    && access.getTargetOwner().getPackageName().equals("java.time")))
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.time.Clock");

    @ArchTest
    static final ArchRule FINAL_UNLESS_SEALED = classes()
            .that(DescribedPredicate.describe("are classes", (JavaClass c) -> !c.isInterface() && !c.isEnum()))
            .and()
            .areNotAnonymousClasses()
            .should()
            .haveModifier(JavaModifier.FINAL)
            .because("nothing here is made for inheritance");

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("io.essaim.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule THE_API_KNOWS_NOBODY = noClasses()
            .that()
            .resideInAPackage("io.essaim.api..")
            .should()
            .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("io.essaim..")
                    .and(DescribedPredicate.not(JavaClass.Predicates.resideInAPackage("io.essaim.api.."))));
}
