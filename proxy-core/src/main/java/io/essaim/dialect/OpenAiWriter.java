package io.essaim.dialect;

import io.essaim.api.Surface;
import io.essaim.api.Wording;
import io.essaim.dialect.NeutralRequest.Delivery;
import io.essaim.dialect.StreamEvent.Reason;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Answers of {@code /v1/chat/completions} as Ollama 0.15.2 writes them (openai/openai.go, middleware/openai.go): role and
 * content in every delta, the reason with an empty one, then the usage if it was asked for. Arguments of a call that come
 * in pieces are handed on in pieces, as OpenAI does.
 */
final class OpenAiWriter implements AnswerWriter {
    private final boolean stream;
    private final boolean tellsUsage;
    private final AnswerClock watch;
    private final String id;
    private final byte[] model;
    private final GatheredAnswer all = new GatheredAnswer();
    private StreamEvent.Usage usage = new StreamEvent.Usage(0, 0);
    private StreamEvent.@Nullable CallBegin unsaid;
    private boolean over;

    OpenAiWriter(AnswerContext answering) {
        this.stream = answering.asked().streams();
        this.tellsUsage = answering.asked().delivery() == Delivery.STREAM_WITH_USAGE;
        this.watch = answering.watch();
        this.id = "chatcmpl-" + answering.below(1_000_000_000);
        ByteBuilder name =
                new ByteBuilder().ascii(",\"model\":").quote(answering.asked().model());
        this.model = name.ascii(",\"system_fingerprint\":\"fp_ollama\",\"choices\":[")
                .toByteArray();
    }

    @Override
    public void write(StreamEvent event, ByteBuilder out) {
        if (over) {
            return;
        }
        if (event instanceof StreamEvent.Usage counted) {
            usage = counted;
        } else if (event instanceof StreamEvent.Failed failed) {
            fail(failed.fault(), out);
        } else if (stream) {
            frame(event, out);
        } else if (all.fits(event)) {
            gather(event, out);
        } else {
            fail(GatheredAnswer.tooLarge(), out);
        }
    }

    private void frame(StreamEvent event, ByteBuilder out) {
        if (event instanceof StreamEvent.Words piece) {
            delta(piece.text(), "", out);
            end(null, piece.logprobs(), out);
        } else if (event instanceof StreamEvent.Thoughts piece && !piece.text().isEmpty()) {
            delta("", piece.text(), out);
            end(null, null, out);
        } else if (event instanceof StreamEvent.CallBegin call) {
            say("", out);
            // Held until its first arguments are known: most backends send both at once, and so does Ollama.
            unsaid = call;
        } else if (event instanceof StreamEvent.CallArguments piece) {
            arguments(piece, out);
        } else if (event instanceof StreamEvent.CallEnd end && unsaid != null && unsaid.index() == end.index()) {
            say("{}", out);
        } else if (event instanceof StreamEvent.Finish finish) {
            delta("", "", out);
            end(reason(finish.reason()), null, out);
            if (tellsUsage) {
                begin("chat.completion.chunk", out.ascii("data: "));
                usage(out.ascii("]"));
                out.ascii("}\n\n");
            }
            out.ascii("data: [DONE]\n\n");
            over = true;
        }
    }

    private void arguments(StreamEvent.CallArguments piece, ByteBuilder out) {
        StreamEvent.CallBegin begun = unsaid;
        if (begun != null && begun.index() == piece.index()) {
            say(piece.piece(), out);
            return;
        }
        say("", out);
        delta("", "", out);
        out.ascii(",\"tool_calls\":[{\"index\":").number(piece.index()).ascii(",\"function\":{\"arguments\":");
        out.quote(piece.piece()).ascii("}}]");
        end(null, null, out);
    }

    /** Writes the call that is held, if there is one, with its first arguments. */
    private void say(String arguments, ByteBuilder out) {
        StreamEvent.CallBegin call = unsaid;
        if (call == null) {
            return;
        }
        unsaid = null;
        delta("", "", out);
        out.ascii(",\"tool_calls\":[");
        call(call.id(), call.index(), call.name(), arguments, out);
        out.one(']');
        end(null, null, out);
    }

    private static void call(String id, int index, String name, String arguments, ByteBuilder out) {
        out.ascii("{\"id\":").quote(id).ascii(",\"index\":").number(index);
        out.ascii(",\"type\":\"function\",\"function\":{\"name\":").quote(name);
        out.ascii(",\"arguments\":").quote(arguments).ascii("}}");
    }

    private void gather(StreamEvent event, ByteBuilder out) {
        if (event instanceof StreamEvent.Words piece) {
            all.words(piece);
        } else if (event instanceof StreamEvent.Thoughts piece) {
            all.thoughts(piece);
        } else if (event instanceof StreamEvent.CallBegin call) {
            all.begin(call);
        } else if (event instanceof StreamEvent.CallArguments piece) {
            all.arguments(piece);
        } else if (event instanceof StreamEvent.Finish finish) {
            whole(finish.reason(), out);
            over = true;
        }
    }

    private void whole(Reason reason, ByteBuilder out) {
        begin("chat.completion", out);
        out.ascii("{\"index\":0,\"message\":");
        message(all.words.toString(), all.thoughts.toString(), out);
        for (int i = 0; i < all.calls().size(); i++) {
            GatheredAnswer.Call call = all.call(i);
            out.ascii(i == 0 ? ",\"tool_calls\":[" : ",");
            call(call.id(), i, call.name(), call.arguments(), out);
        }
        out.ascii(all.calls().isEmpty() ? "}" : "]}");
        String logprobs = all.logprobs.isEmpty() ? null : "[" + all.logprobs + "]";
        choiceEnd(reason(reason), logprobs, out);
        usage(out.one(']'));
        out.ascii("}\n");
    }

    private void begin(String object, ByteBuilder out) {
        out.ascii("{\"id\":\"")
                .ascii(id)
                .ascii("\",\"object\":\"")
                .ascii(object)
                .ascii("\",\"created\":");
        out.number(watch.epochSeconds()).raw(model);
    }

    /** A chunk up to where tool calls would stand. */
    private void delta(String text, String thinking, ByteBuilder out) {
        begin("chat.completion.chunk", out.ascii("data: "));
        out.ascii("{\"index\":0,\"delta\":");
        message(text, thinking, out);
    }

    private static void message(String text, String thinking, ByteBuilder out) {
        out.ascii("{\"role\":\"assistant\",\"content\":").quote(text);
        if (!thinking.isEmpty()) {
            out.ascii(",\"reasoning\":").quote(thinking);
        }
    }

    private static void end(@Nullable String reason, @Nullable String logprobs, ByteBuilder out) {
        choiceEnd(reason, logprobs, out.one('}'));
        out.ascii("]}\n\n");
    }

    private static void choiceEnd(@Nullable String reason, @Nullable String logprobs, ByteBuilder out) {
        out.ascii(",\"finish_reason\":");
        if (reason == null) {
            out.ascii("null");
        } else {
            out.one('"').ascii(reason).one('"');
        }
        if (logprobs != null) {
            out.ascii(",\"logprobs\":{\"content\":")
                    .raw(logprobs.getBytes(StandardCharsets.UTF_8))
                    .one('}');
        }
        out.one('}');
    }

    private void usage(ByteBuilder out) {
        out.ascii(",\"usage\":{\"prompt_tokens\":").number(usage.prompt());
        out.ascii(",\"completion_tokens\":").number(usage.completion());
        out.ascii(",\"total_tokens\":")
                .number(usage.prompt() + usage.completion())
                .one('}');
    }

    private static String reason(Reason reason) {
        return switch (reason) {
            case STOP -> "stop";
            case LENGTH -> "length";
            case CALLS -> "tool_calls";
            case FILTERED -> "content_filter";
        };
    }

    private void fail(ProviderError fault, ByteBuilder out) {
        over = true;
        out.raw(
                stream
                        ? Wording.streamFrame(Surface.OPENAI, fault.status(), fault.message())
                        : Wording.body(Surface.OPENAI, fault.status(), fault.message(), ""));
    }
}
