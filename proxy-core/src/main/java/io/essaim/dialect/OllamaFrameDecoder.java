package io.essaim.dialect;

import io.essaim.dialect.StreamEvent.Reason;

/** Lines of Ollama's {@code /api/chat}, and the whole answer, which is the last line with everything in it. */
final class OllamaFrameDecoder implements FrameDecoder {
    @Override
    public void read(JsonTokens in, EventAssembler answer) throws InvalidFrame {
        if (!in.atObject()) {
            throw new InvalidFrame("a line that is no JSON object");
        }
        Line line = new Line();
        for (String name = in.member(); name != null; name = in.member()) {
            switch (name) {
                case "message" -> message(in, line, answer);
                case "done" -> line.done = in.isTrue();
                case "done_reason" -> line.reason = in.string();
                case "prompt_eval_count" -> line.prompt = in.number(-1);
                case "eval_count" -> line.completion = in.number(-1);
                case "logprobs" -> line.logprobs = in.atArray() ? in.json() : "";
                case "error" -> line.error = in.json();
                case "status" -> line.status = in.number(0);
                default -> in.skip();
            }
        }
        end(line, answer);
    }

    /** What one line says, since the order of its members is the backend's. */
    private static final class Line {
        private String text = "";
        private String thinking = "";
        private String logprobs = "";
        private String reason = "";
        private String error = "";
        private long status;
        private long prompt = -1;
        private long completion = -1;
        private boolean done;
    }

    private static void end(Line line, EventAssembler answer) {
        if (!line.error.isEmpty()) {
            ByteBuilder frame =
                    new ByteBuilder().ascii("{\"error\":").utf8(line.error).ascii(",\"status\":");
            answer.fail(ProviderErrorReader.inStream(
                    frame.number(line.status).one('}').toString()));
            return;
        }
        answer.begin();
        answer.thoughts(line.thinking, null);
        answer.words(line.text, line.logprobs.isEmpty() ? null : line.logprobs);
        if (line.done) {
            answer.usage(line.prompt, line.completion);
            answer.because(line.reason.equals("length") ? Reason.LENGTH : Reason.STOP);
            answer.finish();
        }
    }

    private static void message(JsonTokens in, Line line, EventAssembler answer) throws InvalidFrame {
        if (!in.atObject()) {
            in.skip();
            return;
        }
        for (String name = in.member(); name != null; name = in.member()) {
            switch (name) {
                case "content" -> line.text = in.string();
                case "thinking" -> line.thinking = in.string();
                case "tool_calls" -> calls(in, line, answer);
                default -> in.skip();
            }
        }
    }

    private static void calls(JsonTokens in, Line line, EventAssembler answer) throws InvalidFrame {
        if (!in.atArray()) {
            in.skip();
            return;
        }
        // What was said comes before what is called, as in the line.
        answer.thoughts(line.thinking, null);
        line.thinking = "";
        if (line.logprobs.isEmpty()) {
            answer.words(line.text, null);
            line.text = "";
        }
        while (in.element()) {
            call(in, answer);
        }
    }

    private static void call(JsonTokens in, EventAssembler answer) throws InvalidFrame {
        String id = "";
        String tool = "";
        String arguments = "{}";
        if (!in.atObject()) {
            in.skip();
            return;
        }
        for (String name = in.member(); name != null; name = in.member()) {
            if (name.equals("id")) {
                id = in.string();
            } else if (name.equals("function") && in.atObject()) {
                for (String inner = in.member(); inner != null; inner = in.member()) {
                    switch (inner) {
                        case "name" -> tool = in.string();
                        case "arguments" -> arguments = in.atObject() ? in.json() : in.string();
                        default -> in.skip();
                    }
                }
            } else {
                in.skip();
            }
        }
        // Every call is whole and a new one; its index restarts in some versions with each line.
        int call = answer.call(-1, id, tool, null);
        answer.arguments(call, arguments);
        answer.callOver(call);
    }
}
