package io.essaim.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The committed schema and reference page are those that the descriptions of the keys give. */
class RulesPagesTest {
    private static final Path DOCS = Path.of("..", "docs");
    private static final String COMMAND =
            "mvn -Pquick -pl proxy-core test -Dtest=RulesPagesTest -Dessaim.write=true writes it anew";

    @Test
    void theSchemaIsThatOfTheKeys() throws IOException {
        compare(DOCS.resolve("routing-rules.schema.json"), RulesPages.schema());
    }

    @Test
    void theReferenceIsThatOfTheKeys() throws IOException {
        compare(DOCS.resolve("reference").resolve("rules.md"), RulesPages.reference());
    }

    private static void compare(Path file, String generated) throws IOException {
        if (Boolean.getBoolean("essaim.write")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, generated);
        }
        assertThat(file).as(COMMAND).exists();
        assertThat(Files.readString(file)).as(COMMAND).isEqualTo(generated);
    }
}
