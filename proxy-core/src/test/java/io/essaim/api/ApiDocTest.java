package io.essaim.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The table of the API names every path that is served, with its methods, and no other. */
class ApiDocTest {
    private static final Pattern ROW =
            Pattern.compile("^\\| `([^`]+)`(?: and a \\w+)? \\| ([A-Z, ]+) \\|", Pattern.MULTILINE);

    @Test
    void theTable_isWhatIsServed() throws Exception {
        Map<String, String> documented = new TreeMap<>();
        ROW.matcher(Files.readString(Path.of("..", "docs", "reference", "api.md")))
                .results()
                .forEach(row -> documented.put(row.group(1), row.group(2)));
        Map<String, String> served = new TreeMap<>();
        Arrays.stream(Operation.values()).forEach(operation -> served.put(operation.path(), operation.allow()));
        assertThat(documented).isEqualTo(served);
    }
}
