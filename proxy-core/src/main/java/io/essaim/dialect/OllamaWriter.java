package io.essaim.dialect;

import io.essaim.api.Surface;
import io.essaim.api.Wording;
import io.essaim.dialect.StreamEvent.Reason;
import java.nio.charset.StandardCharsets;

/**
 * Answers of {@code /api/chat} and {@code /api/generate} as Ollama 0.15.2 writes them (server/routes.go, api/types.go): one
 * line per piece, a call in a line of its own, durations in the last line. The durations are those measured here: until the
 * first piece is called the evaluation of the prompt, since nobody outside the backend can tell it from waiting. As in an Ollama's
 * answer by a model elsewhere, every line says where that is, if the client is to know.
 */
final class OllamaWriter implements AnswerWriter {
    /** Which of the two routes. */
    enum Form {
        CHAT,
        GENERATE
    }

    private final Form form;
    private final boolean stream;
    private final AnswerClock watch;
    private final byte[] head;
    private final Timestamp timestamp = new Timestamp();
    private final GatheredAnswer all = new GatheredAnswer();
    private final ByteBuilder calls = new ByteBuilder();
    private StreamEvent.Usage usage = new StreamEvent.Usage(0, 0);
    private long firstPiece;
    private boolean over;

    OllamaWriter(Form form, AnswerContext answering) {
        this.form = form;
        this.stream = answering.asked().streams();
        this.watch = answering.watch();
        ByteBuilder start =
                new ByteBuilder().ascii("{\"model\":").quote(answering.asked().model());
        AnswerContext.Remote remote = answering.remote();
        if (remote != null) {
            start.ascii(",\"remote_model\":").quote(remote.model());
            start.ascii(",\"remote_host\":").quote(remote.host());
        }
        this.head = start.ascii(",\"created_at\":\"").toByteArray();
    }

    @Override
    public void write(StreamEvent event, ByteBuilder out) {
        if (over) {
            return;
        }
        boolean keeps = !stream || event instanceof StreamEvent.CallArguments;
        if (keeps && !all.fits(event)) {
            fail(GatheredAnswer.tooLarge(), out);
        } else if (event instanceof StreamEvent.Words words) {
            words(words, out);
        } else if (event instanceof StreamEvent.Thoughts thoughts) {
            thoughts(thoughts, out);
        } else if (event instanceof StreamEvent.CallBegin call) {
            mark();
            all.begin(call);
        } else if (event instanceof StreamEvent.CallArguments piece) {
            all.arguments(piece);
        } else if (event instanceof StreamEvent.CallEnd end) {
            call(end.index(), out);
        } else if (event instanceof StreamEvent.Usage counted) {
            usage = counted;
        } else if (event instanceof StreamEvent.Finish finish) {
            finish(finish.reason(), out);
        } else if (event instanceof StreamEvent.Failed failed) {
            fail(failed.fault(), out);
        }
    }

    /** The one object that answers a request which only loads or unloads a model. */
    void idle(String reason, ByteBuilder out) {
        begin(out);
        message("", "", out);
        out.ascii(",\"done\":true,\"done_reason\":").quote(reason).one('}');
    }

    private void words(StreamEvent.Words piece, ByteBuilder out) {
        mark();
        if (!stream) {
            all.words(piece);
            return;
        }
        begin(out);
        message(piece.text(), "", out);
        out.ascii(",\"done\":false");
        String logprobs = piece.logprobs();
        if (logprobs != null) {
            out.ascii(",\"logprobs\":").utf8(logprobs);
        }
        out.ascii("}\n");
    }

    private void thoughts(StreamEvent.Thoughts piece, ByteBuilder out) {
        mark();
        if (!stream) {
            all.thoughts(piece);
        } else if (!piece.text().isEmpty()) {
            begin(out);
            message("", piece.text(), out);
            out.ascii(",\"done\":false}\n");
        }
    }

    private void call(int index, ByteBuilder out) {
        GatheredAnswer.Call call = all.call(index);
        calls.ascii(calls.length() == 0 ? "" : ",").ascii("{\"id\":").quote(call.id());
        calls.ascii(",\"function\":{\"index\":")
                .number(index)
                .ascii(",\"name\":")
                .quote(call.name());
        calls.ascii(",\"arguments\":");
        if (!ToolArguments.write(call.arguments(), calls)) {
            fail(ProviderError.malformed("arguments of a tool call that are no JSON object"), out);
            return;
        }
        calls.ascii("}}");
        if (stream) {
            begin(out);
            message("", "", out);
            out.ascii(",\"done\":false");
            if (form == Form.GENERATE) {
                calls(out);
            }
            out.ascii("}\n");
            calls.clear();
        }
    }

    private void finish(Reason reason, ByteBuilder out) {
        long total = watch.elapsed();
        mark();
        begin(out);
        message(all.words.toString(), all.thoughts.toString(), out);
        out.ascii(",\"done\":true,\"done_reason\":\"").ascii(reason(reason)).one('"');
        if (form == Form.CHAT) {
            logprobs(out);
        } else {
            // Some clients fail without it. Nobody can go on from a context that never was Ollama's.
            out.ascii(",\"context\":[]");
        }
        metric("total_duration", total, out);
        metric("prompt_eval_count", usage.prompt(), out);
        metric("prompt_eval_duration", firstPiece, out);
        metric("eval_count", usage.completion(), out);
        metric("eval_duration", Math.max(1, total - firstPiece), out);
        if (form == Form.GENERATE) {
            calls(out);
            logprobs(out);
        }
        out.ascii(stream ? "}\n" : "}");
        over = true;
    }

    private static String reason(Reason reason) {
        return switch (reason) {
            case STOP, CALLS -> "stop";
            case LENGTH -> "length";
            // Ollama has no filter, hence no word of its own; "stop" would call a cut answer whole.
            case FILTERED -> "content_filter";
        };
    }

    private void fail(ProviderError fault, ByteBuilder out) {
        over = true;
        out.raw(
                stream
                        ? Wording.streamFrame(Surface.NATIVE, fault.status(), fault.message())
                        : Wording.body(Surface.NATIVE, fault.status(), fault.message(), ""));
    }

    private void mark() {
        if (firstPiece == 0) {
            firstPiece = watch.elapsed();
        }
    }

    private void begin(ByteBuilder out) {
        out.raw(head);
        timestamp.write(watch.now(), out);
        out.one('"');
    }

    private void message(String text, String thinking, ByteBuilder out) {
        if (form == Form.CHAT) {
            out.ascii(",\"message\":{\"role\":\"assistant\",\"content\":").quote(text);
        } else {
            out.ascii(",\"response\":").quote(text);
        }
        if (!thinking.isEmpty()) {
            out.ascii(",\"thinking\":").quote(thinking);
        }
        if (form == Form.CHAT) {
            calls(out);
            out.one('}');
        }
    }

    private void calls(ByteBuilder out) {
        if (calls.length() > 0) {
            out.ascii(",\"tool_calls\":[").raw(calls.array(), 0, calls.length()).one(']');
        }
    }

    private void logprobs(ByteBuilder out) {
        if (!all.logprobs.isEmpty()) {
            out.ascii(",\"logprobs\":[")
                    .raw(all.logprobs.toString().getBytes(StandardCharsets.UTF_8))
                    .one(']');
        }
    }

    /** Figures of 0 are left out, as Go's omitempty does. */
    private static void metric(String name, long value, ByteBuilder out) {
        if (value > 0) {
            out.ascii(",\"").ascii(name).ascii("\":").number(value);
        }
    }
}
