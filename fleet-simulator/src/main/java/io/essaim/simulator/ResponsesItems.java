package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import io.essaim.simulator.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one response of {@code /v1/responses} is made of so far, under its ids. */
final class ResponsesItems {
    private final JsonObject request;
    private final String responseId;
    private final String messageId;
    private final String reasoningId;
    private final String callId;
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder thoughts = new StringBuilder();
    private final List<Object> output = new ArrayList<>();

    ResponsesItems(JsonObject request, Ids ids) {
        this.request = request;
        this.responseId = "resp_" + ids.below(999_999);
        this.messageId = "msg_" + ids.below(999_999);
        this.reasoningId = "rs_" + ids.below(999_999);
        this.callId = "fc_" + ids.below(999_999);
    }

    void write(String piece, boolean thinking) {
        (thinking ? thoughts : content).append(piece);
    }

    String content() {
        return content.toString();
    }

    String thoughts() {
        return thoughts.toString();
    }

    String messageId() {
        return messageId;
    }

    String reasoningId() {
        return reasoningId;
    }

    /** Streamed calls are numbered under an id of their own, whole ones under the response's. */
    String streamedCallId() {
        return callId + "_" + output.size();
    }

    String wholeCallId() {
        return "fc_" + responseId + "_" + output.size();
    }

    int nextIndex() {
        return output.size();
    }

    void add(Object item) {
        output.add(item);
    }

    Object openReasoning() {
        return GoJson.object("id", reasoningId, "type", "reasoning", "summary", List.of());
    }

    Object reasoning() {
        return GoJson.object(
                "id",
                reasoningId,
                "type",
                "reasoning",
                "summary",
                List.of(GoJson.object("type", "summary_text", "text", thoughts())),
                "encrypted_content",
                thoughts());
    }

    Object openMessage() {
        return message("in_progress", List.of());
    }

    Object message() {
        return message("completed", List.of(part(content())));
    }

    private Object message(String status, List<Object> parts) {
        return GoJson.object(
                "id", messageId, "type", "message", "status", status, "role", "assistant", "content", parts);
    }

    static Object part(String text) {
        return GoJson.object("type", "output_text", "text", text, "annotations", List.of(), "logprobs", List.of());
    }

    static Object call(String id, TokenFeed.ToolCall call, String status, String arguments) {
        return GoJson.object(
                "id",
                id,
                "type",
                "function_call",
                "status",
                status,
                "call_id",
                call.id(),
                "name",
                call.name(),
                "arguments",
                arguments);
    }

    /** The response object in the order of its struct; {@code counters} null while it is in progress. */
    Map<String, @Nullable Object> response(@Nullable Counters counters) {
        long now = Instant.now().getEpochSecond();
        boolean open = counters == null;
        Map<String, @Nullable Object> response = GoJson.object(
                "id",
                responseId,
                "object",
                "response",
                "created_at",
                now,
                "completed_at",
                open ? null : now,
                "status",
                open ? "in_progress" : "completed",
                "incomplete_details",
                null,
                "model",
                request.string("model"),
                "previous_response_id",
                null,
                "instructions",
                request.get("instructions"),
                "output",
                open ? List.of() : output,
                "error",
                null);
        response.putAll(ResponsesEcho.settings(request));
        response.putAll(ResponsesEcho.ending(counters, request.get("max_output_tokens")));
        return response;
    }
}
