package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The event stream of {@code /v1/responses}: sorted keys, numbered, each event flushed. */
final class ResponsesEvents {
    private final Exchange exchange;
    private final ResponsesItems items;
    private int sequence;
    private boolean reasoningOpen;
    private boolean messageOpen;
    private boolean spoilNext;

    ResponsesEvents(Exchange exchange, ResponsesItems items) {
        this.exchange = exchange;
        this.items = items;
    }

    void malform() {
        spoilNext = true;
    }

    void begin() {
        if (!exchange.isOpened()) {
            exchange.open(200, OpenAiAnswer.SSE);
            send("response.created", GoJson.object("response", items.response(null)));
            send("response.in_progress", GoJson.object("response", items.response(null)));
        }
    }

    void thought(String piece) {
        begin();
        if (!reasoningOpen) {
            reasoningOpen = true;
            added(items.openReasoning());
        }
        Map<String, @Nullable Object> data = at(items.reasoningId());
        data.put("delta", piece);
        data.put("summary_index", 0);
        send("response.reasoning_summary_text.delta", data);
    }

    void text(String piece) {
        begin();
        closeReasoning();
        if (!messageOpen) {
            messageOpen = true;
            added(items.openMessage());
            Map<String, @Nullable Object> data = inMessage();
            data.put("part", ResponsesItems.part(""));
            send("response.content_part.added", data);
        }
        Map<String, @Nullable Object> data = inMessage();
        data.put("delta", piece);
        data.put("logprobs", List.of());
        send("response.output_text.delta", data);
    }

    void call(TokenFeed.ToolCall call) {
        begin();
        closeReasoning();
        String id = items.streamedCallId();
        String arguments = GoJson.write(call.arguments());
        added(ResponsesItems.call(id, call, "in_progress", ""));
        Map<String, @Nullable Object> delta = at(id);
        delta.put("delta", arguments);
        send("response.function_call_arguments.delta", delta);
        Map<String, @Nullable Object> done = at(id);
        done.put("arguments", arguments);
        send("response.function_call_arguments.done", done);
        itemDone(ResponsesItems.call(id, call, "completed", arguments));
    }

    void complete(Counters counters) {
        begin();
        closeReasoning();
        if (messageOpen) {
            closeMessage();
        }
        send("response.completed", GoJson.object("response", items.response(counters)));
        exchange.end();
    }

    private void closeReasoning() {
        if (reasoningOpen) {
            reasoningOpen = false;
            Map<String, @Nullable Object> data = at(items.reasoningId());
            data.put("summary_index", 0);
            data.put("text", items.thoughts());
            send("response.reasoning_summary_text.done", data);
            itemDone(items.reasoning());
        }
    }

    private void closeMessage() {
        messageOpen = false;
        Map<String, @Nullable Object> text = inMessage();
        text.put("logprobs", List.of());
        text.put("text", items.content());
        send("response.output_text.done", text);
        Map<String, @Nullable Object> part = inMessage();
        part.put("part", ResponsesItems.part(items.content()));
        send("response.content_part.done", part);
        itemDone(items.message());
    }

    private void added(Object item) {
        send("response.output_item.added", GoJson.object("item", item, "output_index", items.nextIndex()));
    }

    private void itemDone(Object item) {
        send("response.output_item.done", GoJson.object("item", item, "output_index", items.nextIndex()));
        items.add(item);
    }

    private Map<String, @Nullable Object> at(String itemId) {
        return GoJson.object("item_id", itemId, "output_index", items.nextIndex());
    }

    private Map<String, @Nullable Object> inMessage() {
        Map<String, @Nullable Object> data = at(items.messageId());
        data.put("content_index", 0);
        return data;
    }

    private void send(String type, Map<String, @Nullable Object> data) {
        data.put("sequence_number", sequence++);
        data.put("type", type);
        String json = GoJson.writeSorted(data);
        if (spoilNext) {
            spoilNext = false;
            json = json.substring(0, json.length() / 2);
        }
        exchange.chunk("event: " + type + "\ndata: " + json + "\n\n");
    }
}
