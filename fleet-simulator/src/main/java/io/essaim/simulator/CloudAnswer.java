package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A chat completion as clouds send it: the role in the first delta only, finish_reason on an empty delta, each event by itself. */
final class CloudAnswer implements AnswerSink {
    private final Exchange exchange;
    private final Ask ask;
    private final boolean includeUsage;
    private final String id;
    private final long created = Instant.now().getEpochSecond();
    private final StringBuilder content = new StringBuilder();
    private final List<Object> calls = new ArrayList<>();
    private boolean spoilNext;

    CloudAnswer(Exchange exchange, Ask ask, boolean includeUsage, Ids ids) {
        this.exchange = exchange;
        this.ask = ask;
        this.includeUsage = includeUsage;
        this.id = "chatcmpl-" + ids.hex(29);
    }

    @Override
    public void text(String piece, boolean thinking, @Nullable List<?> logprobs) {
        if (thinking) {
            return;
        }
        if (ask.stream) {
            begin();
            delta(GoJson.object("content", piece), null);
        } else {
            content.append(piece);
        }
    }

    @Override
    public void toolCall(TokenFeed.ToolCall call) {
        Map<String, @Nullable Object> entry = GoJson.object(
                "id", call.id(),
                "type", "function",
                "function", GoJson.object("name", call.name(), "arguments", GoJson.write(call.arguments())));
        if (ask.stream) {
            begin();
            Map<String, @Nullable Object> indexed = GoJson.object("index", calls.size());
            indexed.putAll(entry);
            delta(GoJson.object("tool_calls", List.of(indexed)), null);
        }
        calls.add(entry);
    }

    @Override
    public void done(String reason, Counters counters, int[] context) {
        String finish = calls.isEmpty() ? reason : "tool_calls";
        if (!ask.stream) {
            whole(finish, counters);
            return;
        }
        begin();
        delta(GoJson.object(), finish);
        if (includeUsage) {
            Map<String, @Nullable Object> last = head("chat.completion.chunk");
            last.put("choices", List.of());
            last.put("usage", OpenAiAnswer.usage(counters));
            event(last);
        }
        exchange.chunk("data: [DONE]\n\n");
        exchange.end();
    }

    @Override
    public void idle(String reason) {
        done("stop", Counters.NONE, new int[0]);
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
        String text = refusal.status() == 404 ? "The model '" + ask.model + "' does not exist" : refusal.text();
        Envelope.CLOUD.inner(exchange, new Refusal(refusal.status(), text));
    }

    @Override
    public void fail(Refusal refusal) {
        if (!exchange.isOpened()) {
            refuse(refusal);
            return;
        }
        // Unlike Ollama, clouds do say that something went wrong.
        event(GoJson.object(
                "error",
                GoJson.object("message", refusal.text(), "type", "server_error", "param", null, "code", null)));
        exchange.end();
    }

    @Override
    public void malform() {
        spoilNext = true;
    }

    private void whole(@Nullable String finish, Counters counters) {
        Map<String, @Nullable Object> message =
                GoJson.object("role", "assistant", "content", calls.isEmpty() ? content.toString() : null);
        if (!calls.isEmpty()) {
            message.put("tool_calls", calls);
        }
        Map<String, @Nullable Object> whole = head("chat.completion");
        whole.put("choices", List.of(GoJson.object("index", 0, "message", message, "finish_reason", finish)));
        whole.put("usage", OpenAiAnswer.usage(counters));
        exchange.whole(200, Exchange.BARE_JSON, spoiled(GoJson.write(whole)));
    }

    private Map<String, @Nullable Object> head(String object) {
        return GoJson.object("id", id, "object", object, "created", created, "model", ask.model);
    }

    private void begin() {
        if (!exchange.isOpened()) {
            exchange.open(200, OpenAiAnswer.SSE);
            delta(GoJson.object("role", "assistant", "content", ""), null);
        }
    }

    private void delta(Map<String, @Nullable Object> delta, @Nullable String finish) {
        Map<String, @Nullable Object> event = head("chat.completion.chunk");
        event.put("choices", List.of(GoJson.object("index", 0, "delta", delta, "finish_reason", finish)));
        event(event);
    }

    private void event(Map<String, @Nullable Object> event) {
        exchange.chunk("data: " + spoiled(GoJson.write(event)) + "\n\n");
    }

    private String spoiled(String json) {
        if (!spoilNext) {
            return json;
        }
        spoilNext = false;
        return json.substring(0, json.length() / 2);
    }
}
