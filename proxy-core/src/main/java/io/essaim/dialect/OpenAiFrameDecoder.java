package io.essaim.dialect;

import io.essaim.dialect.StreamEvent.Reason;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chunks of OpenAI's chat completions, and the whole answer, which has {@code message} where a chunk has {@code delta}.
 * Takes what the compatible servers make of it: thoughts as {@code reasoning_content} (DeepSeek, llama.cpp, vLLM), {@code
 * reasoning} (Ollama, OpenRouter) or as parts of the content (Mistral); calls without index or id, or whole in one delta
 * (Gemini); usage in a chunk of its own, in the last chunk or in each; errors in frames of three forms.
 */
final class OpenAiFrameDecoder implements FrameDecoder {
    /** A piece of a call in one delta. */
    private static final class CallPiece {
        private int place = -1;
        private String id = "";
        private String name = "";
        private String arguments = "";
        private @Nullable String signature;
    }

    private String thoughts = "";
    private String words = "";
    private @Nullable String logprobs;
    private @Nullable String finish;
    private final List<CallPiece> pieces = new ArrayList<>(0);

    @Override
    public void read(JsonTokens in, EventAssembler answer) throws InvalidFrame {
        if (in.atArray()) {
            // Gemini wraps an error in a list.
            while (in.element()) {
                read(in, answer);
            }
            return;
        }
        if (!in.atObject()) {
            throw new InvalidFrame("a frame that is no JSON object");
        }
        String error = null;
        String message = "";
        boolean isError = false;
        for (String name = in.member(); name != null; name = in.member()) {
            switch (name) {
                case "choices" -> choices(in, answer);
                case "usage" -> usage(in, answer);
                case "error" -> error = in.atNull() ? null : in.json();
                case "object" -> isError = in.string().equals("error");
                case "message" -> message = in.string();
                default -> in.skip();
            }
        }
        if (error != null) {
            answer.fail(ProviderErrorReader.inStream(error.startsWith("{") ? error : "{\"message\":" + error + "}"));
        } else if (isError) {
            ByteBuilder quoted =
                    new ByteBuilder().ascii("{\"message\":").quote(message).ascii("}");
            answer.fail(ProviderErrorReader.inStream(quoted.toString()));
        } else {
            answer.begin();
        }
    }

    private void choices(JsonTokens in, EventAssembler answer) throws InvalidFrame {
        if (!in.atArray()) {
            in.skip();
            return;
        }
        for (int i = 0; in.element(); i++) {
            if (i > 0 || !in.atObject()) {
                in.skip();
            } else {
                choice(in, answer);
            }
        }
    }

    private void choice(JsonTokens in, EventAssembler answer) throws InvalidFrame {
        thoughts = "";
        words = "";
        logprobs = null;
        finish = null;
        pieces.clear();
        for (String name = in.member(); name != null; name = in.member()) {
            switch (name) {
                case "delta", "message" -> delta(in);
                case "finish_reason" -> finish = in.atString() ? in.string() : skipped(in);
                case "logprobs" -> logprobs(in);
                default -> in.skip();
            }
        }
        answer.thoughts(thoughts, null);
        answer.words(words, logprobs);
        if (!pieces.isEmpty()) {
            calls(answer);
        }
        if (finish != null) {
            reason(finish, answer);
        }
    }

    private static @Nullable String skipped(JsonTokens in) throws InvalidFrame {
        in.skip();
        return null;
    }

    private static void reason(String finish, EventAssembler answer) throws InvalidFrame {
        switch (finish) {
            // Not yet: some servers send an empty reason in each chunk.
            case "" -> {}
            case "length", "model_length", "max_tokens" -> answer.because(Reason.LENGTH);
            case "tool_calls", "function_call" -> answer.because(Reason.CALLS);
            case "content_filter" -> answer.because(Reason.FILTERED);
            case "error" -> throw new InvalidFrame("an answer that ended with an error");
            default -> answer.because(Reason.STOP);
        }
    }

    private void delta(JsonTokens in) throws InvalidFrame {
        if (!in.atObject()) {
            in.skip();
            return;
        }
        for (String name = in.member(); name != null; name = in.member()) {
            switch (name) {
                case "content" -> content(in);
                case "reasoning_content", "reasoning" -> {
                    // Where both are sent they say the same.
                    String said = in.string();
                    thoughts = thoughts.isEmpty() ? said : thoughts;
                }
                case "refusal" -> words += in.string();
                case "tool_calls" -> pieces(in);
                default -> in.skip();
            }
        }
    }

    private void content(JsonTokens in) throws InvalidFrame {
        if (!in.atArray()) {
            words = words.isEmpty() ? in.string() : words + in.string();
            return;
        }
        while (in.element()) {
            if (in.atObject()) {
                part(in);
            } else {
                words += in.string();
            }
        }
    }

    /** A part of Mistral's content: text, or thinking that is a list of texts itself. */
    private void part(JsonTokens in) throws InvalidFrame {
        for (String name = in.member(); name != null; name = in.member()) {
            if (name.equals("text")) {
                words += in.string();
            } else if (name.equals("thinking") && in.atArray()) {
                while (in.element()) {
                    thought(in);
                }
            } else if (name.equals("thinking")) {
                thoughts += in.string();
            } else {
                in.skip();
            }
        }
    }

    private void thought(JsonTokens in) throws InvalidFrame {
        if (!in.atObject()) {
            thoughts += in.string();
            return;
        }
        for (String name = in.member(); name != null; name = in.member()) {
            if (name.equals("text")) {
                thoughts += in.string();
            } else {
                in.skip();
            }
        }
    }

    private void logprobs(JsonTokens in) throws InvalidFrame {
        if (!in.atObject()) {
            in.skip();
            return;
        }
        for (String name = in.member(); name != null; name = in.member()) {
            if (name.equals("content") && in.atArray()) {
                logprobs = in.json();
            } else {
                in.skip();
            }
        }
    }

    private void pieces(JsonTokens in) throws InvalidFrame {
        if (!in.atArray()) {
            in.skip();
            return;
        }
        while (in.element()) {
            if (!in.atObject()) {
                in.skip();
                continue;
            }
            CallPiece piece = new CallPiece();
            for (String name = in.member(); name != null; name = in.member()) {
                switch (name) {
                    case "index" -> piece.place = (int) Math.min(in.number(-1), Integer.MAX_VALUE);
                    case "id" -> piece.id = in.string();
                    case "function" -> function(in, piece);
                    case "extra_content" -> piece.signature = signature(in);
                    default -> in.skip();
                }
            }
            pieces.add(piece);
        }
    }

    private static void function(JsonTokens in, CallPiece piece) throws InvalidFrame {
        if (!in.atObject()) {
            in.skip();
            return;
        }
        for (String name = in.member(); name != null; name = in.member()) {
            switch (name) {
                case "name" -> piece.name = in.string();
                // Text in OpenAI; an object in servers that took it from Ollama.
                case "arguments" -> piece.arguments = in.atObject() ? in.json() : in.string();
                default -> in.skip();
            }
        }
    }

    /** {@code {"google":{"thought_signature":"…"}}}, which Gemini wants back with the call. */
    private static @Nullable String signature(JsonTokens in) throws InvalidFrame {
        String found = null;
        if (!in.atObject()) {
            in.skip();
            return null;
        }
        for (String name = in.member(); name != null; name = in.member()) {
            if (name.equals("thought_signature")) {
                found = in.string();
            } else if (name.equals("google") && in.atObject()) {
                found = signature(in);
            } else {
                in.skip();
            }
        }
        return found;
    }

    private void calls(EventAssembler answer) throws InvalidFrame {
        int before = -1;
        for (CallPiece piece : pieces) {
            int call = answer.find(piece.place, piece.id, piece.name);
            // Two named pieces in one delta are two calls, even if both say place 0.
            if (call < 0 || call == before && !piece.name.isEmpty()) {
                if (piece.name.isEmpty() && piece.arguments.isEmpty()) {
                    // Gemini sends signatures in pieces of their own.
                    continue;
                }
                call = answer.call(piece.place, piece.id, piece.name, piece.signature);
            }
            answer.arguments(call, piece.arguments);
            before = call;
        }
    }

    private static void usage(JsonTokens in, EventAssembler answer) throws InvalidFrame {
        if (!in.atObject()) {
            in.skip();
            return;
        }
        long prompt = -1;
        long completion = -1;
        for (String name = in.member(); name != null; name = in.member()) {
            switch (name) {
                case "prompt_tokens" -> prompt = in.number(-1);
                case "completion_tokens" -> completion = in.number(-1);
                default -> in.skip();
            }
        }
        answer.usage(prompt, completion);
    }
}
