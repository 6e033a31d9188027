package io.essaim.dialect;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;

/** The dialects that backends speak. */
public enum BackendDialect {
    OLLAMA,
    OPENAI,
    ANTHROPIC,
    GEMINI;

    /**
     * Where a request goes, behind the backend's base URL: that ends before {@code /api} for Ollama, behind the version for
     * OpenAI's ({@code …/v1}, {@code …/v1beta/openai}) and Gemini's ({@code …/v1beta}), before it for Anthropic's.
     */
    public String path(String model, boolean stream) {
        return switch (this) {
            case OLLAMA -> "/api/chat";
            case OPENAI -> "/chat/completions";
            case ANTHROPIC -> "/v1/messages";
            case GEMINI -> {
                String name = URLEncoder.encode(model, StandardCharsets.UTF_8);
                yield "/models/" + name + (stream ? ":streamGenerateContent?alt=sse" : ":generateContent");
            }
        };
    }

    /**
     * Writes a request.
     *
     * @param model the name the backend knows it by
     * @param can what this backend takes
     * @throws Untranslatable when the request says what this backend cannot be told; nothing is written then
     */
    public byte[] write(NeutralRequest asked, String model, Capabilities can) throws Untranslatable {
        return switch (this) {
            case OLLAMA -> OllamaRequestWriter.write(asked, model, can);
            case OPENAI -> OpenAiRequestWriter.write(asked, model, can);
            case ANTHROPIC -> AnthropicRequestWriter.write(asked, model, can);
            case GEMINI -> GeminiRequestWriter.write(asked, can);
        };
    }

    /**
     * Reads a good answer.
     *
     * @param stream whether the answer's media type says that it is a stream
     * @param random for ids of calls that the backend does not give
     */
    public AnswerReader reader(boolean stream, LongSupplier random) {
        FrameSplitter frames = !stream ? new SingleFrame() : this == OLLAMA ? new NdjsonFrames() : new SseFrames();
        FrameDecoder meaning = switch (this) {
            case OLLAMA -> new OllamaFrameDecoder();
            case OPENAI -> new OpenAiFrameDecoder();
            case ANTHROPIC -> new AnthropicFrameDecoder();
            case GEMINI -> new GeminiFrameDecoder();
        };
        return new AnswerReader(frames, meaning, random);
    }
}
