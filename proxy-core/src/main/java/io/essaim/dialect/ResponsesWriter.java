package io.essaim.dialect;

import io.essaim.api.Surface;
import io.essaim.api.Wording;
import io.essaim.dialect.ResponseObject.State;
import io.essaim.dialect.StreamEvent.Reason;

/**
 * Answers of {@code /v1/responses}: an item for thoughts, one for text, one for each call with its arguments in one piece,
 * in the order of Ollama's events (openai/responses.go).
 */
final class ResponsesWriter implements AnswerWriter {
    /** The item that is open. */
    private enum Item {
        NONE,
        MESSAGE,
        REASONING
    }

    private final boolean stream;
    private final AnswerClock watch;
    private final AnswerContext answering;
    private final ResponseObject response;
    private final GatheredAnswer all = new GatheredAnswer();
    private final StringBuilder output = new StringBuilder();
    private final StringBuilder text = new StringBuilder();
    private StreamEvent.Usage usage = new StreamEvent.Usage(0, 0);
    private Item open = Item.NONE;
    private String itemId = "";
    private int items;
    private int sequence;
    private boolean begun;
    private boolean over;

    ResponsesWriter(AnswerContext answering) {
        this.stream = answering.asked().streams();
        this.watch = answering.watch();
        this.answering = answering;
        String id = "resp_" + answering.hex24();
        this.response = new ResponseObject(answering.asked(), id, watch.epochSeconds());
    }

    @Override
    public void write(StreamEvent event, ByteBuilder out) {
        if (over) {
            return;
        }
        // The events of a whole answer are made too, and dropped: its items are what they would have ended with.
        ByteBuilder events = stream ? out : new ByteBuilder();
        if (!all.fits(event)) {
            fail(GatheredAnswer.tooLarge(), out);
        } else if (event instanceof StreamEvent.Failed failed) {
            fail(failed.fault(), out);
        } else if (event instanceof StreamEvent.Usage counted) {
            usage = counted;
        } else if (event instanceof StreamEvent.CallBegin call) {
            all.begin(call);
        } else if (event instanceof StreamEvent.CallArguments piece) {
            all.arguments(piece);
        } else {
            begin(events);
            if (event instanceof StreamEvent.Words piece && !piece.text().isEmpty()) {
                open(Item.MESSAGE, events);
                text.append(piece.text());
                message("delta", "delta", piece.text(), events).ascii(",\"logprobs\":[]}\n\n");
            } else if (event instanceof StreamEvent.Thoughts piece
                    && !piece.text().isEmpty()) {
                open(Item.REASONING, events);
                text.append(piece.text());
                summary("delta", "delta", piece.text(), events);
            } else if (event instanceof StreamEvent.CallEnd end) {
                call(all.call(end.index()), events, out);
            } else if (event instanceof StreamEvent.Finish finish) {
                finish(finish.reason(), events, out);
            }
        }
    }

    private void begin(ByteBuilder out) {
        if (!begun) {
            begun = true;
            for (String type : new String[] {"created", "in_progress"}) {
                event(type, out).ascii(",\"response\":");
                response.write(State.IN_PROGRESS, "", null, watch.epochSeconds(), out);
                out.ascii("}\n\n");
            }
        }
    }

    private void open(Item item, ByteBuilder out) {
        if (open == item) {
            return;
        }
        close(out);
        open = item;
        text.setLength(0);
        if (item == Item.MESSAGE) {
            itemId = "msg_" + answering.below(1_000_000_000);
            item(
                    "added",
                    "{\"id\":\"" + itemId + "\",\"type\":\"message\",\"status\":\"in_progress\","
                            + "\"role\":\"assistant\",\"content\":[]}",
                    out);
            part("content_part.added", "", out);
        } else if (item == Item.REASONING) {
            itemId = "rs_" + answering.below(1_000_000_000);
            item("added", "{\"id\":\"" + itemId + "\",\"type\":\"reasoning\",\"summary\":[]}", out);
        }
    }

    private void close(ByteBuilder out) {
        String said = text.toString();
        if (open == Item.MESSAGE) {
            message("done", "text", said, out).ascii(",\"logprobs\":[]}\n\n");
            part("content_part.done", said, out);
            done(
                    "{\"id\":\"" + itemId + "\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"assistant\","
                            + "\"content\":[" + contentPart(said) + "]}",
                    out);
        } else if (open == Item.REASONING) {
            summary("done", "text", said, out);
            String quoted = new ByteBuilder().quote(said).toString();
            done(
                    "{\"id\":\"" + itemId
                            + "\",\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":" + quoted
                            + "}],\"encrypted_content\":" + quoted + "}",
                    out);
        }
        open = Item.NONE;
    }

    private void call(GatheredAnswer.Call call, ByteBuilder events, ByteBuilder out) {
        ByteBuilder arguments = new ByteBuilder();
        if (!ToolArguments.write(call.arguments(), arguments)) {
            fail(ProviderError.malformed("arguments of a tool call that are no JSON object"), out);
            return;
        }
        open(Item.NONE, events);
        String said = arguments.toString();
        itemId = "fc_" + answering.below(1_000_000_000);
        item("added", functionCall(call, "in_progress", ""), events);
        event("function_call_arguments.delta", events).ascii(",\"delta\":").quote(said);
        place(events).ascii("}\n\n");
        event("function_call_arguments.done", events).ascii(",\"arguments\":").quote(said);
        place(events).ascii("}\n\n");
        done(functionCall(call, "completed", said), events);
    }

    private String functionCall(GatheredAnswer.Call call, String status, String arguments) {
        ByteBuilder item = new ByteBuilder().ascii("{\"id\":\"").ascii(itemId);
        item.ascii("\",\"type\":\"function_call\",\"status\":\"")
                .ascii(status)
                .ascii("\",\"call_id\":")
                .quote(call.id());
        item.ascii(",\"name\":").quote(call.name()).ascii(",\"arguments\":").quote(arguments);
        return item.one('}').toString();
    }

    private void finish(Reason reason, ByteBuilder events, ByteBuilder out) {
        if (items == 0 && open == Item.NONE) {
            // Even an empty answer has a message.
            open(Item.MESSAGE, events);
        }
        open(Item.NONE, events);
        State state = switch (reason) {
            case STOP, CALLS -> State.COMPLETED;
            case LENGTH -> State.CUT;
            case FILTERED -> State.FILTERED;
        };
        if (stream) {
            event(state == State.COMPLETED ? "completed" : "incomplete", out).ascii(",\"response\":");
        }
        response.write(state, output.toString(), usage, watch.epochSeconds(), out);
        out.ascii(stream ? "}\n\n" : "\n");
        over = true;
    }

    private static String contentPart(String said) {
        return "{\"type\":\"output_text\",\"text\":" + new ByteBuilder().quote(said)
                + ",\"annotations\":[],\"logprobs\":[]}";
    }

    private ByteBuilder event(String type, ByteBuilder out) {
        out.ascii("event: response.")
                .ascii(type)
                .ascii("\ndata: {\"type\":\"response.")
                .ascii(type);
        return out.ascii("\",\"sequence_number\":").number(sequence++);
    }

    private ByteBuilder place(ByteBuilder out) {
        return out.ascii(",\"item_id\":\"")
                .ascii(itemId)
                .ascii("\",\"output_index\":")
                .number(items);
    }

    private void item(String what, String json, ByteBuilder out) {
        event("output_item." + what, out).ascii(",\"output_index\":").number(items);
        out.ascii(",\"item\":").utf8(json).ascii("}\n\n");
    }

    private void done(String json, ByteBuilder out) {
        item("done", json, out);
        output.append(output.isEmpty() ? "" : ",").append(json);
        items++;
    }

    private void part(String type, String said, ByteBuilder out) {
        place(event(type, out))
                .ascii(",\"content_index\":0,\"part\":")
                .utf8(contentPart(said))
                .ascii("}\n\n");
    }

    /** An event of a message's text, which is called {@code field} there. */
    private ByteBuilder message(String what, String field, String said, ByteBuilder out) {
        place(event("output_text." + what, out))
                .ascii(",\"content_index\":0,\"")
                .ascii(field);
        return out.ascii("\":").quote(said);
    }

    private void summary(String what, String field, String said, ByteBuilder out) {
        place(event("reasoning_summary_text." + what, out))
                .ascii(",\"summary_index\":0,\"")
                .ascii(field);
        out.ascii("\":").quote(said).ascii("}\n\n");
    }

    private void fail(ProviderError fault, ByteBuilder out) {
        over = true;
        out.raw(
                stream
                        ? Wording.streamFrame(Surface.RESPONSES, fault.status(), fault.message())
                        : Wording.body(Surface.RESPONSES, fault.status(), fault.message(), ""));
    }
}
