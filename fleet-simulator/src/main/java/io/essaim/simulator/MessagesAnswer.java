package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The answers of {@code /v1/messages}: one object, or events of which each is flushed. */
final class MessagesAnswer implements AnswerSink {
    private final Exchange exchange;
    private final Ask ask;
    private final String id;
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder thoughts = new StringBuilder();
    private final List<Object> calls = new ArrayList<>();
    private String openBlock = "";
    private int index;
    private boolean spoilNext;

    MessagesAnswer(Exchange exchange, Ask ask, Ids ids) {
        this.exchange = exchange;
        this.ask = ask;
        this.id = "msg_" + ids.hex(24);
    }

    @Override
    public void text(String piece, boolean thinking, @Nullable List<?> logprobs) {
        if (!ask.stream) {
            (thinking ? thoughts : content).append(piece);
            return;
        }
        String block = thinking ? "thinking" : "text";
        openBlock(block, GoJson.object("type", block, block, ""));
        delta(GoJson.object("type", block + "_delta", block, piece));
    }

    @Override
    public void toolCall(TokenFeed.ToolCall call) {
        calls.add(call);
        if (ask.stream) {
            closeBlock();
            openBlock(
                    "tool_use",
                    GoJson.object("type", "tool_use", "id", call.id(), "name", call.name(), "input", GoJson.object()));
            delta(GoJson.object("type", "input_json_delta", "partial_json", GoJson.write(call.arguments())));
            closeBlock();
        }
    }

    @Override
    public void done(String reason, Counters counters, int[] context) {
        String stop = !calls.isEmpty() ? "tool_use" : reason.equals("length") ? "max_tokens" : "end_turn";
        if (!ask.stream) {
            whole(stop, counters);
            return;
        }
        begin();
        closeBlock();
        event(
                "message_delta",
                "delta",
                GoJson.object("stop_reason", stop),
                "usage",
                GoJson.object("output_tokens", counters.evalTokens()));
        event("message_stop");
        exchange.end();
    }

    @Override
    public void idle(String reason) {
        done(reason, Counters.NONE, new int[0]);
    }

    @Override
    public void endWithoutDone() {
        if (ask.stream) {
            begin();
            exchange.end();
        } else {
            whole(null, Counters.NONE);
        }
    }

    @Override
    public void refuse(Refusal refusal) {
        Envelope.ANTHROPIC.inner(exchange, refusal);
    }

    @Override
    public void fail(Refusal refusal) {
        if (!ask.stream) {
            refuse(refusal);
        } else if (exchange.isOpened()) {
            // It just stops.
            exchange.end();
        } else {
            Envelope.ANTHROPIC.late(exchange, refusal);
        }
    }

    @Override
    public void malform() {
        spoilNext = true;
    }

    private void whole(@Nullable String stop, Counters counters) {
        List<Object> blocks = new ArrayList<>();
        if (!thoughts.isEmpty()) {
            blocks.add(GoJson.object("type", "thinking", "thinking", thoughts.toString()));
        }
        if (!content.isEmpty() || (thoughts.isEmpty() && calls.isEmpty())) {
            blocks.add(GoJson.object("type", "text", "text", content.toString()));
        }
        for (Object each : calls) {
            if (each instanceof TokenFeed.ToolCall call) {
                blocks.add(GoJson.object(
                        "type", "tool_use", "id", call.id(), "name", call.name(), "input", call.arguments()));
            }
        }
        Map<String, @Nullable Object> message = start(blocks);
        if (stop != null) {
            message.put("stop_reason", stop);
        }
        message.put(
                "usage",
                GoJson.object("input_tokens", counters.promptTokens(), "output_tokens", counters.evalTokens()));
        exchange.whole(200, Exchange.BARE_JSON, spoiled(GoJson.write(message)) + "\n");
    }

    private Map<String, @Nullable Object> start(List<Object> blocks) {
        return GoJson.object("id", id, "type", "message", "role", "assistant", "model", ask.model, "content", blocks);
    }

    private void begin() {
        if (!exchange.isOpened()) {
            exchange.open(200, OpenAiAnswer.SSE);
            Map<String, @Nullable Object> message = start(List.of());
            // 0.15.2 does not know the prompt's length yet.
            message.put("usage", GoJson.object("input_tokens", 0, "output_tokens", 0));
            event("message_start", "message", message);
        }
    }

    private void openBlock(String type, Object block) {
        begin();
        if (!openBlock.equals(type)) {
            closeBlock();
            openBlock = type;
            event("content_block_start", "index", index, "content_block", block);
        }
    }

    private void closeBlock() {
        if (!openBlock.isEmpty()) {
            event("content_block_stop", "index", index);
            openBlock = "";
            index++;
        }
    }

    private void delta(Object delta) {
        event("content_block_delta", "index", index, "delta", delta);
    }

    private void event(String type, Object... keysAndValues) {
        Map<String, @Nullable Object> data = GoJson.object("type", type);
        data.putAll(GoJson.object(keysAndValues));
        exchange.chunk("event: " + type + "\ndata: " + spoiled(GoJson.write(data)) + "\n\n");
    }

    private String spoiled(String json) {
        if (!spoilNext) {
            return json;
        }
        spoilNext = false;
        return json.substring(0, json.length() / 2);
    }
}
