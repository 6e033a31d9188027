package io.essaim.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.learn.ActiveGeneration;
import io.essaim.learn.BackendClass;
import io.essaim.learn.CostTerms;
import io.essaim.learn.Estimates;
import io.essaim.learn.ModelEstimates;
import io.essaim.learn.ReportedTimings;
import io.essaim.learn.RequestSize;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LearnedFileTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = directory.resolve("state").resolve("learned.json");
    }

    private static Estimates nothing() {
        return new Estimates(CostTerms.USUAL);
    }

    private static ModelEstimates model(Estimates estimates) {
        return estimates.backend("dev2").model("m", () -> BackendClass.CPU_SERVER.prior(0));
    }

    /** Estimates that saw one answer. */
    private static Estimates something() {
        Estimates estimates = nothing();
        RequestSize demand = RequestSize.ofTokens(1000);
        ActiveGeneration answer =
                model(estimates).begin(demand, model(estimates).predict(demand, 0, null, 0), 0);
        answer.progress(1, 2_000_000_000L);
        answer.finished(
                new ReportedTimings(1000, 2_000_000_000L, 100, 10_000_000_000L, 1_000_000, 12_001_000_000L),
                12_010_000_000L);
        return estimates;
    }

    private void keep(Estimates estimates) {
        LearnedFile learned = LearnedFile.open(file.getParent(), estimates, () -> 0);
        learned.start();
        learned.close();
    }

    @Test
    void keepsWhatWasLearned() {
        keep(something());
        Estimates later = nothing();
        keep(later);
        assertThat(model(later).measured()).isTrue();
        assertThat(model(later).snapshot("m", 0).decode().value())
                .isEqualTo(model(something()).snapshot("m", 0).decode().value());
        assertThat(file.getParent()).isDirectoryContaining("glob:**/learned.json");
        assertThat(file.getParent().toFile().list()).containsExactlyInAnyOrder("learned.json", "learned.lock");
    }

    @Test
    void ofTwoOnlyOneWrites() {
        try (LearnedFile first = LearnedFile.open(file.getParent(), something(), () -> 0)) {
            first.save();
            byte[] before = bytes();
            file.toFile().setLastModified(0);
            try (LearnedFile second = LearnedFile.open(file.getParent(), something(), () -> 0)) {
                second.save();
            }
            assertThat(file.toFile().lastModified()).isZero();
            assertThat(bytes()).isEqualTo(before);
        }
    }

    private byte[] bytes() {
        try {
            return java.nio.file.Files.readAllBytes(file);
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void nothingLearnedIsNoFile() {
        keep(nothing());
        assertThat(file).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"version\":99}", "{\"version\":3,\"habits\":[],\"backends\":[{\"name\":1}]}"})
    void aFileThatMakesNoSenseIsBegunAnew(String damaged) throws Exception {
        Files.createDirectories(file.getParent());
        Files.writeString(file, damaged);
        Estimates estimates = something();
        keep(estimates);
        assertThat(Files.readString(file, StandardCharsets.UTF_8)).contains("dev2");
        Estimates later = nothing();
        keep(later);
        assertThat(model(later).measured()).isTrue();
    }

    @Test
    void aDirectoryThatCannotBeUsedStopsNothing() throws Exception {
        Files.writeString(file.getParent(), "a file is in the way");
        Estimates estimates = something();
        keep(estimates);
        assertThat(model(estimates).measured()).isTrue();
        assertThat(file.getParent()).hasContent("a file is in the way");
    }
}
