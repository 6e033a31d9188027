package io.essaim.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Loader and schema agree: on what is good, and on every fault that a schema can express. */
class RulesFilesTest {
    private static final Path FILES = Path.of("src", "test", "resources", "rules");
    private static final Schema SCHEMA = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(read(Path.of("..", "docs", "routing-rules.schema.json")), InputFormat.JSON);

    static List<Path> good() {
        return Stream.concat(files("good").stream(), Stream.of(ShippedRulesTest.FILE))
                .toList();
    }

    static List<Path> bad() {
        return files("bad");
    }

    static List<Path> badOnlyForTheLoader() {
        return files("bad-semantic");
    }

    @ParameterizedTest
    @MethodSource("good")
    void acceptsGoodFiles(Path file) throws IOException {
        byte[] json = Files.readAllBytes(file);

        assertThatCode(() -> RulesLoader.load(name(file), json)).doesNotThrowAnyException();
        assertThat(SCHEMA.validate(read(file), InputFormat.JSON)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("bad")
    void bothRefuseFaultsOfStructure(Path file) throws IOException {
        assertProblems(file);
        if (!name(file).startsWith("syntax-")) {
            assertThat(SCHEMA.validate(read(file), InputFormat.JSON)).isNotEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("badOnlyForTheLoader")
    void loaderRefusesFaultsOfMeaning(Path file) throws IOException {
        assertProblems(file);
        assertThat(SCHEMA.validate(read(file), InputFormat.JSON)).isEmpty();
    }

    @Test
    void neverShowsWhatMayBeASecret() {
        assertThat(Stream.of("bad", "bad-semantic").flatMap(folder -> files(folder).stream()))
                .allSatisfy(file -> assertThat(problemLines(file)).doesNotContain("NOT-TO-BE-SHOWN"));
    }

    private static void assertProblems(Path file) throws IOException {
        Path expected = file.resolveSibling(name(file).replace(".json", ".txt"));
        if (Boolean.getBoolean("rules.record")) { // to be read with care before it is committed
            Files.writeString(expected, problemLines(file));
        }
        assertThat(problemLines(file)).isEqualTo(read(expected));
    }

    private static String problemLines(Path file) {
        InvalidRules invalid =
                catchThrowableOfType(InvalidRules.class, () -> RulesLoader.load(name(file), Files.readAllBytes(file)));
        return invalid.problems().stream().map(problem -> problem + "\n").collect(Collectors.joining());
    }

    private static List<Path> files(String folder) {
        try (Stream<Path> files = Files.list(FILES.resolve(folder))) {
            return files.filter(file -> name(file).endsWith(".json")).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
