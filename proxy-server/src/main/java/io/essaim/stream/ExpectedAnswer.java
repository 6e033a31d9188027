package io.essaim.stream;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.api.Operation;
import io.essaim.api.Printable;
import io.essaim.api.Surface;
import io.essaim.http.Response;
import org.jspecify.annotations.Nullable;

/**
 * What an Ollama's answer looks like. Status 200 proves little: a captive portal, a proxy's notice, or another server
 * at the host's old address sends it too, and each would reach the client as an answer.
 */
public final class ExpectedAnswer {
    static final String JSON = "application/json";
    static final String LINES = "application/x-ndjson";
    static final String EVENTS = "text/event-stream";
    private static final int LONGEST_TYPE = 40;

    private ExpectedAnswer() {}

    /**
     * Why an answer with this head is none.
     *
     * @param streams whether a stream was asked for; a whole answer will do then too, since an Ollama that only has to load a
     *     model says so in one document
     * @return null when it may be one, and for errors (400 and above), which have their own words
     */
    public static @Nullable Failure mismatch(Operation operation, boolean streams, Response response) {
        int status = response.status();
        if (status >= 400) {
            return null;
        }
        if (status >= 300) {
            return new Failure(Kind.MALFORMED, "it answered with a redirect (" + status + ") instead of an answer");
        }
        if (status != 200) {
            return new Failure(Kind.MALFORMED, "it answered " + status + " instead of 200");
        }
        String type = response.mediaType();
        String stream = operation.surface() == Surface.NATIVE ? LINES : EVENTS;
        return type.equals(JSON) || streams && type.equals(stream)
                ? null
                : new Failure(Kind.MALFORMED, "it answered " + said(type));
    }

    private static String said(String type) {
        if (type.isEmpty()) {
            return "without a Content-Type instead of JSON";
        }
        String shown = Printable.of(type, LONGEST_TYPE);
        return "with " + shown + (type.equals("text/html") ? " (a login page?)" : "") + " instead of "
                + (type.equals(LINES) ? JSON : "JSON");
    }

    /** A member that every whole answer has; null where none is known. */
    static @Nullable String ofWhole(Operation operation) {
        return switch (operation) {
            case CHAT, GENERATE -> "done"; // Also false, when the model repeated itself and was stopped.
            case EMBED -> "embeddings";
            case EMBEDDINGS -> "embedding";
            case V1_CHAT, V1_COMPLETIONS -> "choices";
            case V1_EMBEDDINGS -> "data";
            case V1_RESPONSES -> "output";
            case V1_MESSAGES -> "content";
            default -> null;
        };
    }

    /** A member that the first event of a stream has. */
    static String ofEvent(Surface surface) {
        return surface == Surface.OPENAI ? "choices" : "type";
    }
}
