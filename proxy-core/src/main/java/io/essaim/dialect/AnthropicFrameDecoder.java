package io.essaim.dialect;

import io.essaim.dialect.StreamEvent.Reason;

/** Events of Anthropic's message streams, and the whole message. Unknown types of events and blocks are passed over. */
final class AnthropicFrameDecoder implements FrameDecoder {
    private long input = -1;
    private long cached;
    private long output = -1;

    /** What one event or block says, since the order of its members is the backend's. */
    private static final class Said {
        private String type = "";
        private String kind = "";
        private int index = -1;
        private String id = "";
        private String name = "";
        private String text = "";
        private String thinking = "";
        private String signature = "";
        private String json = "";
        private String error = "";
    }

    @Override
    public void read(JsonTokens in, EventAssembler answer) throws InvalidFrame {
        if (!in.atObject()) {
            throw new InvalidFrame("an event that is no JSON object");
        }
        Said said = new Said();
        members(in, said, answer);
        if (!said.error.isEmpty()) {
            answer.fail(ProviderErrorReader.inStream(said.error));
            return;
        }
        answer.begin();
        switch (said.type) {
            case "content_block_start" -> start(said, answer);
            case "content_block_delta" -> delta(said, answer);
            case "content_block_stop" -> {
                int call = answer.find(said.index, "", "");
                if (call >= 0 && said.index >= 0) {
                    answer.callOver(call);
                }
            }
            case "message_stop" -> answer.finish();
            default -> {}
        }
    }

    private void members(JsonTokens in, Said said, EventAssembler answer) throws InvalidFrame {
        for (String name = in.member(); name != null; name = in.member()) {
            switch (name) {
                case "type" -> said.type = in.string();
                case "index" -> said.index = (int) Math.min(in.number(-1), Integer.MAX_VALUE);
                case "content_block", "delta" -> block(in, said, answer);
                case "message" -> {
                    if (in.atObject()) {
                        members(in, new Said(), answer);
                    } else {
                        in.skip();
                    }
                }
                case "content" -> content(in, answer);
                case "stop_reason" -> reason(in.string(), answer);
                case "usage" -> usage(in, answer);
                case "error" -> said.error = in.json();
                default -> in.skip();
            }
        }
    }

    private static void block(JsonTokens in, Said said, EventAssembler answer) throws InvalidFrame {
        if (!in.atObject()) {
            in.skip();
            return;
        }
        for (String name = in.member(); name != null; name = in.member()) {
            switch (name) {
                case "type" -> said.kind = in.string();
                case "id" -> said.id = in.string();
                case "name" -> said.name = in.string();
                case "text" -> said.text = in.string();
                case "thinking" -> said.thinking = in.string();
                case "signature" -> said.signature = in.string();
                case "partial_json" -> said.json = in.string();
                case "input" -> said.json = in.atObject() ? in.json() : "";
                case "stop_reason" -> reason(in.string(), answer);
                default -> in.skip();
            }
        }
    }

    private static void start(Said said, EventAssembler answer) throws InvalidFrame {
        if (said.kind.equals("tool_use")) {
            // The input is empty here; what it really is comes in deltas.
            answer.call(said.index, said.id, said.name, null);
        } else {
            piece(said, answer);
        }
    }

    private static void delta(Said said, EventAssembler answer) throws InvalidFrame {
        piece(said, answer);
        if (said.kind.equals("input_json_delta")) {
            int call = said.index < 0 ? -1 : answer.find(said.index, "", "");
            if (call < 0) {
                throw new InvalidFrame("arguments of a call that was not begun");
            }
            answer.arguments(call, said.json);
        }
    }

    private static void piece(Said said, EventAssembler answer) {
        answer.thoughts(said.thinking, said.signature.isEmpty() ? null : said.signature);
        answer.words(said.text, null);
    }

    /** The blocks of a whole message. */
    private static void content(JsonTokens in, EventAssembler answer) throws InvalidFrame {
        if (!in.atArray()) {
            in.skip();
            return;
        }
        while (in.element()) {
            Said said = new Said();
            block(in, said, answer);
            piece(said, answer);
            if (said.kind.equals("tool_use")) {
                int call = answer.call(-1, said.id, said.name, null);
                answer.arguments(call, said.json);
                answer.callOver(call);
            }
        }
    }

    private static void reason(String word, EventAssembler answer) {
        switch (word) {
            case "" -> {}
            case "max_tokens", "model_context_window_exceeded" -> answer.because(Reason.LENGTH);
            case "tool_use" -> answer.because(Reason.CALLS);
            case "refusal" -> answer.because(Reason.FILTERED);
            default -> answer.because(Reason.STOP);
        }
    }

    /** Tokens read from the cache, or written to it, are counted beside the input there. */
    private void usage(JsonTokens in, EventAssembler answer) throws InvalidFrame {
        if (!in.atObject()) {
            in.skip();
            return;
        }
        long fromCache = 0;
        for (String name = in.member(); name != null; name = in.member()) {
            switch (name) {
                case "input_tokens" -> input = in.number(input);
                case "output_tokens" -> output = in.number(output);
                case "cache_read_input_tokens", "cache_creation_input_tokens" -> fromCache += in.number(0);
                default -> in.skip();
            }
        }
        cached = Math.max(cached, fromCache);
        answer.usage(input < 0 ? -1 : input + cached, output);
    }
}
