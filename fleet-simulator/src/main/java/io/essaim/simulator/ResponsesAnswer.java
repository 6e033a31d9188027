package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import io.essaim.simulator.json.JsonNumber;
import io.essaim.simulator.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The answers of {@code /v1/responses}: one object, or events whose keys are sorted and whose last is response.completed. */
final class ResponsesAnswer implements AnswerSink {
    private final Exchange exchange;
    private final Ask ask;
    private final JsonObject request;
    private final String responseId;
    private final String messageId;
    private final String reasoningId;
    private final String callId;
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder thoughts = new StringBuilder();
    private final List<Object> output = new ArrayList<>();
    private int sequence;
    private boolean reasoningOpen;
    private boolean messageOpen;
    private boolean spoilNext;

    ResponsesAnswer(Exchange exchange, ResponsesAsks.Read read, Ids ids) {
        this.exchange = exchange;
        this.ask = read.ask();
        this.request = read.json();
        this.responseId = "resp_" + ids.below(999_999);
        this.messageId = "msg_" + ids.below(999_999);
        this.reasoningId = "rs_" + ids.below(999_999);
        this.callId = "fc_" + ids.below(999_999);
    }

    @Override
    public void text(String piece, boolean thinking, @Nullable List<?> logprobs) {
        (thinking ? thoughts : content).append(piece);
        if (!ask.stream) {
            return;
        }
        if (thinking) {
            openReasoning();
            event(
                    "response.reasoning_summary_text.delta",
                    "delta",
                    piece,
                    "item_id",
                    reasoningId,
                    "output_index",
                    output.size(),
                    "summary_index",
                    0);
        } else {
            closeReasoning();
            openMessage();
            event(
                    "response.output_text.delta",
                    "content_index",
                    0,
                    "delta",
                    piece,
                    "item_id",
                    messageId,
                    "logprobs",
                    List.of(),
                    "output_index",
                    output.size());
        }
    }

    @Override
    public void toolCall(TokenFeed.ToolCall call) {
        String arguments = GoJson.write(call.arguments());
        if (!ask.stream) {
            closeReasoning();
            output.add(callItem("fc_" + responseId + "_" + output.size(), call, "completed", arguments));
            return;
        }
        begin();
        closeReasoning();
        String id = callId + "_" + output.size();
        event(
                "response.output_item.added",
                "item",
                callItem(id, call, "in_progress", ""),
                "output_index",
                output.size());
        event(
                "response.function_call_arguments.delta",
                "delta",
                arguments,
                "item_id",
                id,
                "output_index",
                output.size());
        event(
                "response.function_call_arguments.done",
                "arguments",
                arguments,
                "item_id",
                id,
                "output_index",
                output.size());
        Object item = callItem(id, call, "completed", arguments);
        event("response.output_item.done", "item", item, "output_index", output.size());
        output.add(item);
    }

    @Override
    public void done(String reason, Counters counters, int[] context) {
        if (!ask.stream) {
            whole(counters);
            return;
        }
        begin();
        closeReasoning();
        closeMessage();
        event("response.completed", "response", response("completed", counters));
        exchange.end();
    }

    @Override
    public void idle(String reason) {
        if (ask.stream) {
            done(reason, Counters.NONE, new int[0]);
        } else {
            whole(Counters.NONE);
        }
    }

    private void whole(Counters counters) {
        closeReasoning();
        if (output.isEmpty() || !content.isEmpty()) {
            output.add(messageItem("completed", content.toString()));
        }
        String body = GoJson.write(response("completed", counters));
        exchange.whole(200, Exchange.BARE_JSON, (spoilNext ? body.substring(0, body.length() / 2) : body) + "\n");
    }

    @Override
    public void endWithoutDone() {
        if (ask.stream) {
            begin();
            exchange.end();
        } else {
            whole(Counters.NONE);
        }
    }

    @Override
    public void refuse(Refusal refusal) {
        Envelope.OPENAI.inner(exchange, refusal);
    }

    @Override
    public void fail(Refusal refusal) {
        if (!ask.stream) {
            refuse(refusal);
        } else if (exchange.isOpened()) {
            // It just stops.
            exchange.end();
        } else {
            Envelope.OPENAI.late(exchange, refusal);
        }
    }

    @Override
    public void malform() {
        spoilNext = true;
    }

    private void begin() {
        if (!exchange.isOpened()) {
            exchange.open(200, OpenAiAnswer.SSE);
            event("response.created", "response", response("in_progress", null));
            event("response.in_progress", "response", response("in_progress", null));
        }
    }

    private void openReasoning() {
        begin();
        if (!reasoningOpen) {
            reasoningOpen = true;
            Object item = GoJson.object("id", reasoningId, "type", "reasoning", "summary", List.of());
            event("response.output_item.added", "item", item, "output_index", output.size());
        }
    }

    private void closeReasoning() {
        if (thoughts.isEmpty() || !(reasoningOpen || !ask.stream)) {
            return;
        }
        String text = thoughts.toString();
        Object item = GoJson.object(
                "id",
                reasoningId,
                "type",
                "reasoning",
                "summary",
                List.of(GoJson.object("type", "summary_text", "text", text)),
                "encrypted_content",
                text);
        if (ask.stream) {
            event(
                    "response.reasoning_summary_text.done",
                    "item_id",
                    reasoningId,
                    "output_index",
                    output.size(),
                    "summary_index",
                    0,
                    "text",
                    text);
            event("response.output_item.done", "item", item, "output_index", output.size());
        }
        output.add(item);
        reasoningOpen = false;
        thoughts.setLength(0);
    }

    private void openMessage() {
        begin();
        if (!messageOpen) {
            messageOpen = true;
            Map<String, @Nullable Object> item = messageItem("in_progress", "");
            item.put("content", List.of());
            event("response.output_item.added", "item", item, "output_index", output.size());
            event(
                    "response.content_part.added",
                    "content_index",
                    0,
                    "item_id",
                    messageId,
                    "output_index",
                    output.size(),
                    "part",
                    part(""));
        }
    }

    private void closeMessage() {
        if (!messageOpen) {
            return;
        }
        String text = content.toString();
        int index = output.size();
        event(
                "response.output_text.done",
                "content_index",
                0,
                "item_id",
                messageId,
                "logprobs",
                List.of(),
                "output_index",
                index,
                "text",
                text);
        event(
                "response.content_part.done",
                "content_index",
                0,
                "item_id",
                messageId,
                "output_index",
                index,
                "part",
                part(text));
        Object item = messageItem("completed", text);
        event("response.output_item.done", "item", item, "output_index", index);
        output.add(item);
    }

    private Map<String, @Nullable Object> messageItem(String status, String text) {
        return GoJson.object(
                "id",
                messageId,
                "type",
                "message",
                "status",
                status,
                "role",
                "assistant",
                "content",
                List.of(part(text)));
    }

    private static Object part(String text) {
        return GoJson.object("type", "output_text", "text", text, "annotations", List.of(), "logprobs", List.of());
    }

    private static Object callItem(String id, TokenFeed.ToolCall call, String status, String arguments) {
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

    private void event(String type, Object... keysAndValues) {
        Map<String, @Nullable Object> data = GoJson.object(keysAndValues);
        data.put("sequence_number", sequence++);
        data.put("type", type);
        String json = GoJson.writeSorted(data);
        if (spoilNext) {
            spoilNext = false;
            json = json.substring(0, json.length() / 2);
        }
        exchange.chunk("event: " + type + "\ndata: " + json + "\n\n");
    }

    /** The response object; {@code counters} null while it is in progress. */
    private Map<String, @Nullable Object> response(String status, @Nullable Counters counters) {
        long now = Instant.now().getEpochSecond();
        Map<String, @Nullable Object> response = GoJson.object(
                "id",
                responseId,
                "object",
                "response",
                "created_at",
                now,
                "completed_at",
                counters == null ? null : now,
                "status",
                status,
                "incomplete_details",
                null,
                "model",
                ask.model,
                "previous_response_id",
                null,
                "instructions",
                request.get("instructions"),
                "output",
                counters == null ? List.of() : output,
                "error",
                null);
        response.putAll(GoJson.object(
                "tools",
                ResponsesEcho.tools(request),
                "tool_choice",
                "auto",
                "truncation",
                request.string("truncation").isEmpty() ? "disabled" : request.string("truncation"),
                "parallel_tool_calls",
                true,
                "text",
                ResponsesEcho.text(request),
                "top_p",
                orElse(request.get("top_p"), 1),
                "presence_penalty",
                0,
                "frequency_penalty",
                0,
                "top_logprobs",
                0,
                "temperature",
                orElse(request.get("temperature"), 1),
                "reasoning",
                ResponsesEcho.reasoning(request)));
        response.putAll(ResponsesEcho.ending(counters, request.get("max_output_tokens")));
        return response;
    }

    private static Object orElse(@Nullable Object value, int absent) {
        return value instanceof JsonNumber number ? number : absent;
    }
}
