package io.essaim.api;

import java.nio.charset.StandardCharsets;

/**
 * Puts an error into the words of the surface the client speaks: the envelope, the content type, and the frame that
 * tells a reader of a running stream that it broke.
 *
 * <p>The envelopes are Ollama 0.15.2's own (middleware/openai.go, anthropic/anthropic.go). A stream that breaks has no
 * frame in Ollama, whose /v1 streams just end; the frames here are those on which the OpenAI and Anthropic SDKs throw.
 */
public final class Wording {
    private Wording() {}

    /**
     * The body of an error answer.
     *
     * @param surface the client's surface
     * @param status the HTTP status of the answer
     * @param message one sentence for a person
     * @param requestId an id for Anthropic's envelope, unused elsewhere
     */
    public static byte[] body(Surface surface, int status, String message, String requestId) {
        String text = switch (surface) {
            case NATIVE -> "{\"error\":" + Json.quote(message) + "}";
            case OPENAI, RESPONSES -> "{\"error\":" + openAi(status, message) + "}\n";
            case ANTHROPIC ->
                "{\"type\":\"error\",\"error\":" + anthropic(status, message) + ",\"request_id\":"
                        + Json.quote("req_" + requestId) + "}\n";
        };
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The content type of {@link #body}: Ollama's handlers say the charset, its /v1 writers do not. */
    public static String contentType(Surface surface) {
        return surface == Surface.NATIVE ? "application/json; charset=utf-8" : "application/json";
    }

    /** One frame for a stream that cannot go on; after it the connection is closed without a proper end. */
    public static byte[] streamFrame(Surface surface, int status, String message) {
        String text = switch (surface) {
            // The status of the head is gone; OpenClaw takes an error without one for something that it does not know.
            case NATIVE -> "{\"error\":" + Json.quote(message) + ",\"status\":" + status + "}\n";
            case OPENAI -> "data: {\"error\":" + openAi(status, message) + "}\n\n";
            case RESPONSES ->
                "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":"
                        + Json.quote(message) + ",\"param\":null,\"error\":" + openAi(status, message)
                        + "}\n\n";
            case ANTHROPIC ->
                "event: error\ndata: {\"type\":\"error\",\"error\":" + anthropic(status, message) + "}\n\n";
        };
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * A frame that says nothing, for a client that waits: an empty delta line for native streams, because some of their readers
     * fail on a blank line; a comment for OpenAI's; Anthropic's own ping.
     *
     * @param operation one that streams
     * @param model the name as the client wrote it
     * @param createdAt now, RFC 3339
     */
    public static byte[] heartbeat(Operation operation, String model, String createdAt) {
        String text = switch (operation.surface()) {
            case NATIVE ->
                "{\"model\":" + Json.quote(model) + ",\"created_at\":\"" + createdAt + "\","
                        + (operation == Operation.CHAT
                                ? "\"message\":{\"role\":\"assistant\",\"content\":\"\"}"
                                : "\"response\":\"\"")
                        + ",\"done\":false}\n";
            case OPENAI, RESPONSES -> ": ping\n\n";
            case ANTHROPIC -> "event: ping\ndata: {\"type\":\"ping\"}\n\n";
        };
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String openAi(int status, String message) {
        return "{\"message\":" + Json.quote(message) + ",\"type\":\"" + openAiType(status)
                + "\",\"param\":null,\"code\":null}";
    }

    private static String openAiType(int status) {
        return status == 400 ? "invalid_request_error" : "api_error";
    }

    private static String anthropic(int status, String message) {
        return "{\"type\":\"" + anthropicType(status) + "\",\"message\":" + Json.quote(message) + "}";
    }

    private static String anthropicType(int status) {
        return switch (status) {
            case 400, 413 -> "invalid_request_error";
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 429 -> "rate_limit_error";
            case 503, 529 -> "overloaded_error";
            default -> "api_error";
        };
    }
}
