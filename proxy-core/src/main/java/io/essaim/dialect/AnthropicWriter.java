package io.essaim.dialect;

import io.essaim.api.Surface;
import io.essaim.api.Wording;
import io.essaim.dialect.StreamEvent.Reason;

/**
 * Answers of {@code /v1/messages} as Ollama writes them (anthropic/anthropic.go): a block for thoughts, one for text, one
 * for each call with its arguments in one piece; the tokens of the prompt with the last event, as later versions do.
 */
final class AnthropicWriter implements AnswerWriter {
    /** The block that is open. */
    private enum Block {
        NONE,
        TEXT,
        THINKING
    }

    private final boolean stream;
    private final String model;
    private final String id;
    private final String requestId;
    private final GatheredAnswer all = new GatheredAnswer();
    private StreamEvent.Usage usage = new StreamEvent.Usage(0, 0);
    private Block open = Block.NONE;
    private int index;
    private boolean begun;
    private boolean over;

    AnthropicWriter(AnswerContext answering) {
        this.stream = answering.asked().streams();
        this.model = answering.asked().model();
        this.id = "msg_" + answering.hex24();
        this.requestId = answering.hex24();
    }

    @Override
    public void write(StreamEvent event, ByteBuilder out) {
        if (over) {
            return;
        }
        boolean keeps = !stream || event instanceof StreamEvent.CallArguments;
        if (keeps && !all.fits(event)) {
            fail(GatheredAnswer.tooLarge(), out);
        } else if (event instanceof StreamEvent.Usage counted) {
            usage = counted;
        } else if (event instanceof StreamEvent.Failed failed) {
            fail(failed.fault(), out);
        } else if (event instanceof StreamEvent.CallBegin call) {
            all.begin(call);
        } else if (event instanceof StreamEvent.CallArguments piece) {
            all.arguments(piece);
        } else if (stream) {
            begin(out);
            frame(event, out);
        } else if (event instanceof StreamEvent.Words piece) {
            all.words(piece);
        } else if (event instanceof StreamEvent.Thoughts piece) {
            all.thoughts(piece);
        } else if (event instanceof StreamEvent.Finish finish) {
            whole(finish.reason(), out);
        }
    }

    private void begin(ByteBuilder out) {
        if (!begun) {
            begun = true;
            event("message_start", out).ascii(",\"message\":{\"id\":\"").ascii(id);
            out.ascii("\",\"type\":\"message\",\"role\":\"assistant\",\"model\":")
                    .quote(model);
            out.ascii(",\"content\":[],\"usage\":{\"input_tokens\":0,\"output_tokens\":0}}}\n\n");
        }
    }

    private void frame(StreamEvent event, ByteBuilder out) {
        if (event instanceof StreamEvent.Words piece && !piece.text().isEmpty()) {
            open(Block.TEXT, out);
            delta("text_delta\",\"text", piece.text(), out);
        } else if (event instanceof StreamEvent.Thoughts piece) {
            open(Block.THINKING, out);
            if (!piece.text().isEmpty()) {
                delta("thinking_delta\",\"thinking", piece.text(), out);
            }
            String signature = piece.signature();
            if (signature != null) {
                delta("signature_delta\",\"signature", signature, out);
            }
        } else if (event instanceof StreamEvent.CallEnd end) {
            call(all.call(end.index()), out);
        } else if (event instanceof StreamEvent.Finish finish) {
            open(Block.NONE, out);
            event("message_delta", out).ascii(",\"delta\":{\"stop_reason\":\"").ascii(reason(finish.reason()));
            usage(out.ascii("\"}"));
            out.ascii("}\n\n");
            event("message_stop", out).ascii("}\n\n");
            over = true;
        }
    }

    private void open(Block block, ByteBuilder out) {
        if (open == block) {
            return;
        }
        if (open != Block.NONE) {
            event("content_block_stop", out)
                    .ascii(",\"index\":")
                    .number(index++)
                    .ascii("}\n\n");
        }
        open = block;
        if (block != Block.NONE) {
            String type = block == Block.TEXT ? "text" : "thinking";
            event("content_block_start", out).ascii(",\"index\":").number(index);
            out.ascii(",\"content_block\":{\"type\":\"")
                    .ascii(type)
                    .ascii("\",\"")
                    .ascii(type);
            out.ascii("\":\"\"}}\n\n");
        }
    }

    private void delta(String type, String text, ByteBuilder out) {
        event("content_block_delta", out).ascii(",\"index\":").number(index);
        out.ascii(",\"delta\":{\"type\":\"")
                .ascii(type)
                .ascii("\":")
                .quote(text)
                .ascii("}}\n\n");
    }

    private void call(GatheredAnswer.Call call, ByteBuilder out) {
        ByteBuilder arguments = new ByteBuilder();
        if (!ToolArguments.write(call.arguments(), arguments)) {
            fail(ProviderError.malformed("arguments of a tool call that are no JSON object"), out);
            return;
        }
        open(Block.NONE, out);
        event("content_block_start", out).ascii(",\"index\":").number(index);
        out.ascii(",\"content_block\":{\"type\":\"tool_use\",\"id\":").quote(call.id());
        out.ascii(",\"name\":").quote(call.name()).ascii(",\"input\":{}}}\n\n");
        delta("input_json_delta\",\"partial_json", arguments.toString(), out);
        event("content_block_stop", out).ascii(",\"index\":").number(index++).ascii("}\n\n");
    }

    private void whole(Reason reason, ByteBuilder out) {
        ByteBuilder message = new ByteBuilder().ascii("{\"id\":\"").ascii(id);
        message.ascii("\",\"type\":\"message\",\"role\":\"assistant\",\"model\":")
                .quote(model)
                .ascii(",\"content\":[");
        String comma = "";
        if (!all.thoughts.isEmpty()) {
            message.ascii("{\"type\":\"thinking\",\"thinking\":").quote(all.thoughts.toString());
            if (!all.signature().isEmpty()) {
                message.ascii(",\"signature\":").quote(all.signature());
            }
            message.one('}');
            comma = ",";
        }
        if (!all.words.isEmpty()) {
            message.ascii(comma)
                    .ascii("{\"type\":\"text\",\"text\":")
                    .quote(all.words.toString())
                    .one('}');
            comma = ",";
        }
        for (GatheredAnswer.Call call : all.calls()) {
            message.ascii(comma).ascii("{\"type\":\"tool_use\",\"id\":").quote(call.id());
            message.ascii(",\"name\":").quote(call.name()).ascii(",\"input\":");
            if (!ToolArguments.write(call.arguments(), message)) {
                fail(ProviderError.malformed("arguments of a tool call that are no JSON object"), out);
                return;
            }
            message.one('}');
            comma = ",";
        }
        usage(message.ascii("],\"stop_reason\":\"").ascii(reason(reason)).one('"'));
        out.raw(message.array(), 0, message.length()).ascii("}\n");
        over = true;
    }

    private static ByteBuilder event(String type, ByteBuilder out) {
        out.ascii("event: ").ascii(type).ascii("\ndata: {\"type\":\"");
        return out.ascii(type).one('"');
    }

    private void usage(ByteBuilder out) {
        out.ascii(",\"usage\":{\"input_tokens\":").number(usage.prompt());
        out.ascii(",\"output_tokens\":").number(usage.completion()).one('}');
    }

    private static String reason(Reason reason) {
        return switch (reason) {
            case STOP -> "end_turn";
            case LENGTH -> "max_tokens";
            case CALLS -> "tool_use";
            case FILTERED -> "refusal";
        };
    }

    private void fail(ProviderError fault, ByteBuilder out) {
        over = true;
        out.raw(
                stream
                        ? Wording.streamFrame(Surface.ANTHROPIC, fault.status(), fault.message())
                        : Wording.body(Surface.ANTHROPIC, fault.status(), fault.message(), requestId));
    }
}
