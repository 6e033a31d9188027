package io.essaim.api;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads what an Ollama's error answer says about the backend.
 *
 * <p>Ollama answers 500 for some mistakes of the client (a bad option type, a bad format) and 400 for a runner that
 * died during embed, so the status alone would punish healthy hosts and spare broken ones. Texts: server/routes.go,
 * server/sched.go, llm/server.go of 0.15.2, seen on the wire.
 */
public final class ErrorAnswers {
    private static final JsonMapper JSON = new JsonMapper();

    private static final String[] CLIENT_FAULTS = {
        "must be of type", "invalid format", "unqualified name", "invalid option", "template:", "failed to parse"
    };
    private static final String[] BROKEN_MODEL = {
        "model runner has unexpectedly stopped",
        "runner process has terminated",
        "llama-server process has terminated",
        "unable to load model",
        "requires more system memory",
        "timed out waiting for",
        "do embedding request",
        "error loading model"
    };

    private ErrorAnswers() {}

    /**
     * Classifies a complete answer that is not 2xx.
     *
     * @param status the answer's status, 300 to 599
     * @param text the answer's body, at least its beginning
     * @param retryAfter whether the answer has a Retry-After field
     * @return the failure, or null when the answer is the right one for the client (his own mistake)
     */
    public static @Nullable Failure classify(int status, String text, boolean retryAfter) {
        if (status == 429 || status == 503 && (retryAfter || text.contains("server busy"))) {
            return new Failure(Failure.Kind.SATURATED, "it is busy (" + status + ")");
        }
        if (status == 404) {
            return text.contains("not found") && text.contains("model")
                    ? new Failure(Failure.Kind.MODEL_MISSING, "it does not have the model")
                    : null;
        }
        if (containsAny(text, BROKEN_MODEL)) {
            return new Failure(Failure.Kind.MODEL_BROKEN, "the model could not run there (" + status + ")");
        }
        if (status < 500 || containsAny(text, CLIENT_FAULTS)) {
            return null;
        }
        return new Failure(Failure.Kind.SERVER_ERROR, "it answered " + status);
    }

    /** The sentence in an error answer, whatever its envelope: {@code {"error":"…"}} or {@code {"error":{"message":"…"}}}. */
    public static String sentence(String body) {
        try {
            JsonNode error = JSON.readTree(body).path("error");
            String said = error.isObject() ? error.path("message").asString("") : error.asString("");
            return said.isEmpty() ? "it answered " + body : said;
        } catch (JacksonException e) {
            return "it answered " + Printable.of(body);
        }
    }

    private static boolean containsAny(String text, String[] parts) {
        for (String part : parts) {
            if (text.contains(part)) {
                return true;
            }
        }
        return false;
    }
}
