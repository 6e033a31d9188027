package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answers of {@code /v1/responses}: one object, or events whose last is response.completed. */
final class ResponsesAnswer implements AnswerSink {
    private final Exchange exchange;
    private final boolean stream;
    private final ResponsesItems items;
    private final ResponsesEvents events;
    private boolean spoiled;

    ResponsesAnswer(Exchange exchange, ResponsesAsks.Read read, Ids ids) {
        this.exchange = exchange;
        this.stream = read.ask().stream;
        this.items = new ResponsesItems(read.json(), ids);
        this.events = new ResponsesEvents(exchange, items);
    }

    @Override
    public void text(String piece, boolean thinking, @Nullable List<?> logprobs) {
        items.write(piece, thinking);
        if (stream && thinking) {
            events.thought(piece);
        } else if (stream) {
            events.text(piece);
        }
    }

    @Override
    public void toolCall(TokenFeed.ToolCall call) {
        if (stream) {
            events.call(call);
        } else {
            items.add(ResponsesItems.call(items.wholeCallId(), call, "completed", GoJson.write(call.arguments())));
        }
    }

    @Override
    public void done(String reason, Counters counters, int[] context) {
        if (stream) {
            events.complete(counters);
        } else {
            whole(counters);
        }
    }

    @Override
    public void idle(String reason) {
        done(reason, Counters.NONE, new int[0]);
    }

    @Override
    public void endWithoutDone() {
        if (stream) {
            events.begin();
            exchange.end();
        } else {
            whole(Counters.NONE);
        }
    }

    private void whole(Counters counters) {
        boolean called = items.nextIndex() > 0;
        if (!items.thoughts().isEmpty()) {
            items.add(items.reasoning());
        }
        if (!called || !items.content().isEmpty()) {
            items.add(items.message());
        }
        String body = GoJson.write(items.response(counters));
        exchange.whole(200, Exchange.BARE_JSON, (spoiled ? body.substring(0, body.length() / 2) : body) + "\n");
    }

    @Override
    public void refuse(Refusal refusal) {
        Envelope.OPENAI.inner(exchange, refusal);
    }

    @Override
    public void fail(Refusal refusal) {
        if (!stream) {
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
        spoiled = true;
        events.malform();
    }
}
