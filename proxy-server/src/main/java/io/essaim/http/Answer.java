package io.essaim.http;

import io.essaim.api.Json;
import io.essaim.api.Surface;
import io.essaim.api.Wording;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An answer that Essaim makes itself.
 *
 * @param status HTTP status
 * @param contentType media type; empty for none
 * @param body the whole body
 * @param fields further field lines, {@code Name: value}
 * @param close whether the connection ends with it: what is left of a refused request must not become the next one
 */
public record Answer(int status, String contentType, byte[] body, List<String> fields, boolean close) {
    /** The media type of JSON, as Ollama writes it. */
    public static final String JSON = "application/json; charset=utf-8";

    private static final String REASON = "X-Essaim-Reason: ";
    /** The media type of plain text. */
    public static final String TEXT = "text/plain; charset=utf-8";

    /** A good answer. */
    public static Answer json(String body) {
        return json(body.getBytes(StandardCharsets.UTF_8));
    }

    public static Answer json(byte[] body) {
        return new Answer(200, JSON, body, List.of(), false);
    }

    /** @param type its media type */
    public static Answer text(int status, String type, String body) {
        return new Answer(status, type, body.getBytes(StandardCharsets.UTF_8), List.of(), false);
    }

    /** An error in the words of the surface. */
    public static Answer error(Surface surface, int status, String message, String id) {
        return new Answer(
                status, Wording.contentType(surface), Wording.body(surface, status, message, id), List.of(), false);
    }

    /** An error in the words of the native API, as Ollama sends it in the place of a stream's first line. */
    public static Answer plainError(int status, String message) {
        return text(status, "application/json", "{\"error\":" + Json.quote(message) + "}");
    }

    /** A refusal before it is known what the client speaks. */
    public static Answer refusal(int status, String message) {
        byte[] body = ("{\"error\":" + Json.quote(message) + "}").getBytes(StandardCharsets.UTF_8);
        return new Answer(status, JSON, body, List.of(), true);
    }

    /** What it is called where refusals are counted: the status, and the reason if its field lines say one. */
    public static String kind(int status, List<String> fields) {
        for (String field : fields) {
            if (field.startsWith(REASON)) {
                return status + " " + field.substring(REASON.length());
            }
        }
        return Integer.toString(status);
    }

    /** This answer with one more field line. */
    public Answer with(String field) {
        return with(List.of(field));
    }

    /** This answer with more field lines. */
    public Answer with(List<String> more) {
        if (more.isEmpty()) {
            return this;
        }
        List<String> all = new ArrayList<>(fields);
        all.addAll(more);
        return new Answer(status, contentType, body, all, close);
    }

    /** This answer with the name of the request in it. */
    public Answer traced(RouteId id) {
        return with("X-Essaim-Route-Id: " + id);
    }

    /** This answer as the last one of its connection. */
    public Answer closing() {
        return new Answer(status, contentType, body, fields, true);
    }
}
