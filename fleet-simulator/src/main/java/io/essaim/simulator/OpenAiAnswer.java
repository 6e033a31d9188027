package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The answers of {@code /v1/chat/completions} and {@code /v1/completions} of 0.15.2, as events or one object. */
final class OpenAiAnswer implements AnswerSink {
    /** Which of the two routes. */
    enum Form {
        CHAT,
        TEXT
    }

    static final String SSE = "text/event-stream";
    private static final String DONE = "data: [DONE]\n\n";

    private final Exchange exchange;
    private final Ask ask;
    private final boolean includeUsage;
    private final Form form;
    private final String id;
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder thoughts = new StringBuilder();
    private final List<Object> calls = new ArrayList<>();
    private final List<Object> allLogprobs = new ArrayList<>();
    private boolean spoilNext;

    OpenAiAnswer(Exchange exchange, Ask ask, boolean includeUsage, Ids ids, Form form) {
        this.exchange = exchange;
        this.ask = ask;
        this.includeUsage = includeUsage;
        this.form = form;
        this.id = (form == Form.CHAT ? "chatcmpl-" : "cmpl-") + ids.below(999);
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
        send(event(ask.model, thinking ? "" : piece, thinking ? piece : "", List.of(), null, logprobs));
    }

    @Override
    public void toolCall(TokenFeed.ToolCall call) {
        Object entry = GoJson.object(
                "id", call.id(),
                "index", calls.size(),
                "type", "function",
                "function", GoJson.object("name", call.name(), "arguments", GoJson.write(call.arguments())));
        calls.add(entry);
        if (ask.stream) {
            send(event(ask.model, "", "", List.of(entry), null, null));
        }
    }

    @Override
    public void done(String reason, Counters counters, int[] context) {
        String finish = calls.isEmpty() ? reason : "tool_calls";
        if (ask.stream) {
            // The last delta, the usage and [DONE] are written without a flush in between: one chunk.
            open();
            exchange.chunk(ending(finish, counters));
            exchange.end();
        } else {
            exchange.whole(200, Exchange.BARE_JSON, spoiled(GoJson.write(whole(finish, counters))) + "\n");
        }
    }

    private String ending(@Nullable String finish, Counters counters) {
        String last = event(ask.model, "", "", List.of(), finish, null);
        if (!includeUsage) {
            return last + DONE;
        }
        Map<String, @Nullable Object> usage = head(ask.model, true);
        usage.put("choices", List.of());
        tail(usage);
        usage.put("usage", usage(counters));
        return last + "data: " + GoJson.write(usage) + "\n\n" + DONE;
    }

    @Override
    public void idle(String reason) {
        if (ask.stream) {
            exchange.whole(200, SSE, ending(reason, Counters.NONE));
        } else {
            exchange.whole(200, Exchange.BARE_JSON, GoJson.write(whole(reason, Counters.NONE)) + "\n");
        }
    }

    @Override
    public void endWithoutDone() {
        if (ask.stream) {
            open();
            exchange.end();
        } else {
            exchange.whole(200, Exchange.BARE_JSON, GoJson.write(whole(null, Counters.NONE)) + "\n");
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
        } else if (!exchange.isOpened()) {
            Envelope.OPENAI.late(exchange, refusal);
        } else {
            // 0.15.2 reads the error line as an empty answer: a delta of no model, then the end without [DONE].
            exchange.chunk(event("", "", "", List.of(), null, null));
            exchange.end();
        }
    }

    @Override
    public void malform() {
        spoilNext = true;
    }

    private String event(
            String model,
            String text,
            String thought,
            List<Object> toolCalls,
            @Nullable String finish,
            @Nullable List<?> logprobs) {
        Map<String, @Nullable Object> choice;
        if (form == Form.CHAT) {
            choice = GoJson.object("index", 0, "delta", message(text, thought, toolCalls), "finish_reason", finish);
        } else {
            choice = GoJson.object("text", text, "index", 0, "finish_reason", finish);
        }
        if (logprobs != null) {
            choice.put("logprobs", GoJson.object("content", logprobs));
        }
        Map<String, @Nullable Object> event = head(model, true);
        event.put("choices", List.of(choice));
        tail(event);
        if (form == Form.TEXT && includeUsage) {
            event.put("usage", usage(Counters.NONE));
        }
        return "data: " + spoiled(GoJson.write(event)) + "\n\n";
    }

    private Map<String, @Nullable Object> whole(@Nullable String finish, Counters counters) {
        Map<String, @Nullable Object> choice;
        if (form == Form.CHAT) {
            choice = GoJson.object(
                    "index",
                    0,
                    "message",
                    message(content.toString(), thoughts.toString(), calls),
                    "finish_reason",
                    finish);
        } else {
            choice = GoJson.object("text", content.toString(), "index", 0, "finish_reason", finish);
        }
        if (!allLogprobs.isEmpty()) {
            choice.put("logprobs", GoJson.object("content", allLogprobs));
        }
        Map<String, @Nullable Object> whole = head(ask.model, false);
        whole.put("choices", List.of(choice));
        whole.put("usage", usage(counters));
        return whole;
    }

    private static Map<String, @Nullable Object> message(String text, String thought, List<Object> toolCalls) {
        Map<String, @Nullable Object> message = GoJson.object("role", "assistant", "content", text);
        if (!thought.isEmpty()) {
            message.put("reasoning", thought);
        }
        if (!toolCalls.isEmpty()) {
            message.put("tool_calls", toolCalls);
        }
        return message;
    }

    /** The chunks of a text completion name the model after the choices; everything else names it before. */
    private Map<String, @Nullable Object> head(String model, boolean chunk) {
        String object = form == Form.TEXT ? "text_completion" : chunk ? "chat.completion.chunk" : "chat.completion";
        Map<String, @Nullable Object> head = GoJson.object(
                "id", id, "object", object, "created", Instant.now().getEpochSecond());
        if (form == Form.CHAT || !chunk) {
            head.put("model", model);
            head.put("system_fingerprint", "fp_ollama");
        }
        return head;
    }

    private void tail(Map<String, @Nullable Object> chunk) {
        if (form == Form.TEXT) {
            chunk.put("model", ask.model);
            chunk.put("system_fingerprint", "fp_ollama");
        }
    }

    static Map<String, @Nullable Object> usage(Counters counters) {
        return GoJson.object(
                "prompt_tokens", counters.promptTokens(),
                "completion_tokens", counters.evalTokens(),
                "total_tokens", counters.promptTokens() + counters.evalTokens());
    }

    private void send(String event) {
        open();
        exchange.chunk(event);
    }

    private void open() {
        if (!exchange.isOpened()) {
            exchange.open(200, SSE);
        }
    }

    private String spoiled(String json) {
        if (!spoilNext) {
            return json;
        }
        spoilNext = false;
        return json.substring(0, json.length() / 2);
    }
}
