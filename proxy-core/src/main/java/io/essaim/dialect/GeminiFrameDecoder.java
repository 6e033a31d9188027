package io.essaim.dialect;

import io.essaim.dialect.StreamEvent.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Answers of Gemini's {@code generateContent}: each event of a stream is an answer like the whole one. There is no last
 * word: the stream is whole when it ends behind a reason.
 */
final class GeminiFrameDecoder implements FrameDecoder {
    @Override
    public void read(JsonTokens in, EventAssembler answer) throws InvalidFrame {
        if (in.atArray()) {
            // Errors come in a list, and so does a stream that was not asked for as events.
            while (in.element()) {
                read(in, answer);
            }
            return;
        }
        if (!in.atObject()) {
            throw new InvalidFrame("an answer that is no JSON object");
        }
        String error = null;
        for (String name = in.member(); name != null; name = in.member()) {
            switch (name) {
                case "candidates" -> candidates(in, answer);
                case "promptFeedback" -> feedback(in, answer);
                case "usageMetadata" -> usage(in, answer);
                case "error" -> error = in.json();
                default -> in.skip();
            }
        }
        if (error != null) {
            answer.fail(ProviderErrorReader.inStream(error));
        } else if (!answer.isOver()) {
            answer.begin();
        }
    }

    private static void candidates(JsonTokens in, EventAssembler answer) throws InvalidFrame {
        if (!in.atArray()) {
            in.skip();
            return;
        }
        for (int i = 0; in.element(); i++) {
            if (i > 0 || !in.atObject()) {
                in.skip();
                continue;
            }
            String reason = "";
            for (String name = in.member(); name != null; name = in.member()) {
                switch (name) {
                    case "content" -> content(in, answer);
                    case "finishReason" -> reason = in.string();
                    default -> in.skip();
                }
            }
            reason(reason, answer);
        }
    }

    private static void content(JsonTokens in, EventAssembler answer) throws InvalidFrame {
        if (!in.atObject()) {
            in.skip();
            return;
        }
        for (String name = in.member(); name != null; name = in.member()) {
            if (!name.equals("parts") || !in.atArray()) {
                in.skip();
                continue;
            }
            while (in.element()) {
                if (in.atObject()) {
                    part(in, answer);
                } else {
                    in.skip();
                }
            }
        }
    }

    private static void part(JsonTokens in, EventAssembler answer) throws InvalidFrame {
        String text = "";
        boolean thought = false;
        String signature = "";
        String @Nullable [] call = null;
        for (String name = in.member(); name != null; name = in.member()) {
            switch (name) {
                case "text" -> text = in.string();
                case "thought" -> thought = in.isTrue();
                case "thoughtSignature" -> signature = in.string();
                case "functionCall" -> call = call(in);
                default -> in.skip();
            }
        }
        if (thought) {
            answer.thoughts(text, null);
        } else {
            answer.words(text, null);
        }
        if (call != null) {
            int index = answer.call(-1, call[0], call[1], signature.isEmpty() ? null : signature);
            answer.arguments(index, call[2]);
            answer.callOver(index);
        }
    }

    /** Id, name and arguments. */
    private static String[] call(JsonTokens in) throws InvalidFrame {
        String[] call = {"", "", "{}"};
        if (!in.atObject()) {
            in.skip();
            return call;
        }
        for (String name = in.member(); name != null; name = in.member()) {
            switch (name) {
                case "id" -> call[0] = in.string();
                case "name" -> call[1] = in.string();
                case "args" -> call[2] = in.atObject() ? in.json() : in.string();
                default -> in.skip();
            }
        }
        return call;
    }

    private static void reason(String word, EventAssembler answer) {
        switch (word) {
            case "", "FINISH_REASON_UNSPECIFIED" -> {}
            case "MAX_TOKENS" -> answer.because(Reason.LENGTH);
            case "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY" ->
                answer.because(Reason.FILTERED);
            case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS" ->
                answer.fail(ProviderError.of(
                        ProviderError.Kind.SERVER_ERROR, 502, "the model made a tool call that cannot be read"));
            default -> answer.because(Reason.STOP);
        }
    }

    private static void feedback(JsonTokens in, EventAssembler answer) throws InvalidFrame {
        if (!in.atObject()) {
            in.skip();
            return;
        }
        for (String name = in.member(); name != null; name = in.member()) {
            String why = in.string();
            if (name.equals("blockReason") && !why.isEmpty() && !why.equals("BLOCK_REASON_UNSPECIFIED")) {
                answer.fail(
                        ProviderError.of(ProviderError.Kind.FILTERED, 400, "the backend's filter refused the prompt"));
            }
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
                case "promptTokenCount" -> prompt = in.number(-1);
                case "candidatesTokenCount", "thoughtsTokenCount" ->
                    completion = Math.max(completion, 0) + in.number(0);
                default -> in.skip();
            }
        }
        answer.usage(prompt, completion);
    }
}
