package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The answers of {@code /api/chat} and {@code /api/generate}: NDJSON, one line per HTTP chunk, or one object. */
final class NativeAnswer implements AnswerSink {
    private final Exchange exchange;
    private final Ask ask;
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder thoughts = new StringBuilder();
    private final List<Object> calls = new ArrayList<>();
    private final List<Object> allLogprobs = new ArrayList<>();
    private boolean spoilNext;

    NativeAnswer(Exchange exchange, Ask ask) {
        this.exchange = exchange;
        this.ask = ask;
    }

    @Override
    public void text(String piece, boolean thinking, @Nullable List<?> logprobs) {
        if (!ask.stream) {
            (thinking ? thoughts : content).append(piece);
            if (logprobs != null) {
                allLogprobs.addAll(logprobs);
            }
            return;
        }
        Map<String, @Nullable Object> line = begin(thinking ? "" : piece, thinking ? piece : "", List.of());
        line.put("done", false);
        if (logprobs != null) {
            line.put("logprobs", logprobs);
        }
        send(line);
    }

    @Override
    public void toolCall(TokenFeed.ToolCall call) {
        Object entry = GoJson.object(
                "id", call.id(),
                "function", GoJson.object("index", calls.size(), "name", call.name(), "arguments", call.arguments()));
        calls.add(entry);
        if (ask.stream) {
            Map<String, @Nullable Object> line = begin("", "", List.of(entry));
            line.put("done", false);
            send(line);
        }
    }

    @Override
    public void done(String reason, Counters counters, int[] context) {
        Map<String, @Nullable Object> last = ask.stream ? begin("", "", List.of()) : whole();
        last.put("done", true);
        last.put("done_reason", reason);
        if (!ask.chat && !ask.raw) {
            last.put("context", context);
        }
        if (!ask.stream && !allLogprobs.isEmpty() && ask.chat) {
            last.put("logprobs", allLogprobs);
        }
        metrics(last, counters);
        if (!ask.stream && !allLogprobs.isEmpty() && !ask.chat) {
            last.put("logprobs", allLogprobs);
        }
        finish(last);
    }

    @Override
    public void idle(String reason) {
        Map<String, @Nullable Object> only = begin("", "", List.of());
        only.put("done", true);
        only.put("done_reason", reason);
        exchange.json(200, only);
    }

    @Override
    public void endWithoutDone() {
        if (ask.stream) {
            openIfNeeded();
            exchange.end();
        } else {
            Map<String, @Nullable Object> last = whole();
            last.put("done", false);
            finish(last);
        }
    }

    @Override
    public void refuse(Refusal refusal) {
        exchange.refuse(refusal);
    }

    @Override
    public void fail(Refusal refusal) {
        if (!ask.stream) {
            exchange.refuse(refusal);
        } else if (!exchange.isOpened()) {
            Envelope.NATIVE.late(exchange, refusal);
        } else {
            exchange.chunk(GoJson.write(GoJson.object("error", refusal.text())) + "\n");
            exchange.end();
        }
    }

    @Override
    public void malform() {
        spoilNext = true;
    }

    private Map<String, @Nullable Object> whole() {
        return begin(content.toString(), thoughts.toString(), calls);
    }

    private Map<String, @Nullable Object> begin(String text, String thinking, List<Object> toolCalls) {
        Map<String, @Nullable Object> line = GoJson.object("model", ask.model, "created_at", Host.utc(Instant.now()));
        if (ask.chat) {
            Map<String, @Nullable Object> message = GoJson.object("role", "assistant", "content", text);
            if (!thinking.isEmpty()) {
                message.put("thinking", thinking);
            }
            if (!toolCalls.isEmpty()) {
                message.put("tool_calls", toolCalls);
            }
            line.put("message", message);
        } else {
            line.put("response", text);
            if (!thinking.isEmpty()) {
                line.put("thinking", thinking);
            }
        }
        return line;
    }

    /** Figures of 0 are left out, as Go's omitempty does. */
    private static void metrics(Map<String, @Nullable Object> line, Counters counters) {
        putIfSet(line, "total_duration", counters.total());
        putIfSet(line, "load_duration", counters.load());
        putIfSet(line, "prompt_eval_count", counters.promptTokens());
        putIfSet(line, "prompt_eval_duration", counters.promptNanos());
        putIfSet(line, "eval_count", counters.evalTokens());
        putIfSet(line, "eval_duration", counters.evalNanos());
    }

    private static void putIfSet(Map<String, @Nullable Object> line, String key, long value) {
        if (value != 0) {
            line.put(key, value);
        }
    }

    private void finish(Map<String, @Nullable Object> last) {
        if (ask.stream) {
            send(last);
            exchange.end();
        } else {
            exchange.whole(200, Exchange.JSON, spoiled(GoJson.write(last)));
        }
    }

    private void send(Map<String, @Nullable Object> line) {
        openIfNeeded();
        exchange.chunk(spoiled(GoJson.write(line)) + "\n");
    }

    private String spoiled(String json) {
        if (!spoilNext) {
            return json;
        }
        spoilNext = false;
        return json.substring(0, json.length() / 2);
    }

    private void openIfNeeded() {
        if (!exchange.isOpened()) {
            exchange.open(200, "application/x-ndjson");
        }
    }
}
