package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the frames of the four kinds of streams the way their clients do: line by line. */
final class Dialects {
    private static final JsonMapper JSON = new JsonMapper();

    private Dialects() {}

    /** The text is one error frame in the words of the path and nothing else, after blank lines at most. */
    static void assertOneErrorFrame(String what, String path, String text) {
        List<String> lines = Arrays.stream(text.split("\n", -1))
                .filter(line -> !line.isBlank())
                .toList();
        if (path.startsWith("/api/")) {
            assertThat(lines).as("the error frame of %s in %s", what, text).hasSize(1);
            assertThat(text).as(what).endsWith("}\n");
            JsonNode error = JSON.readTree(lines.get(0));
            assertThat(error.path("error").isString()).as(what).isTrue();
            return;
        }
        assertThat(text).as(what).endsWith("}\n\n");
        boolean typed = path.startsWith("/v1/messages") || path.startsWith("/v1/responses");
        assertThat(lines).as("the error frame of %s in %s", what, text).hasSize(typed ? 2 : 1);
        String data = lines.get(lines.size() - 1);
        assertThat(data).as(what).startsWith("data: ");
        JsonNode error = JSON.readTree(data.substring(6));
        if (typed) {
            assertThat(lines.get(0)).as(what).isEqualTo("event: error");
            assertThat(error.path("type").asString()).as(what).isEqualTo("error");
        }
        assertThat(error.path("error").path("message").isString()).as(what).isTrue();
        assertThat(error.path("error").path("type").isString()).as(what).isTrue();
    }

    /** How often a line of the stream is an error, told as its clients tell it. */
    static long errors(String path, String text) {
        String mark = path.startsWith("/api/")
                ? "{\"error\":"
                : path.startsWith("/v1/messages") || path.startsWith("/v1/responses")
                        ? "event: error"
                        : "data: {\"error\":";
        return text.lines().filter(line -> line.startsWith(mark)).count();
    }
}
