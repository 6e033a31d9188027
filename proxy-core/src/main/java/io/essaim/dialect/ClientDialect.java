package io.essaim.dialect;

import io.essaim.api.Operation;
import java.util.Optional;

/** The dialects that clients speak, by route. */
public enum ClientDialect {
    OLLAMA_CHAT(Operation.CHAT, "application/x-ndjson", "application/json; charset=utf-8"),
    OLLAMA_GENERATE(Operation.GENERATE, "application/x-ndjson", "application/json; charset=utf-8"),
    OPENAI_CHAT(Operation.V1_CHAT, "text/event-stream", "application/json"),
    RESPONSES(Operation.V1_RESPONSES, "text/event-stream", "application/json"),
    ANTHROPIC(Operation.V1_MESSAGES, "text/event-stream", "application/json");

    private final Operation operation;
    private final String streamType;
    private final String wholeType;

    ClientDialect(Operation operation, String streamType, String wholeType) {
        this.operation = operation;
        this.streamType = streamType;
        this.wholeType = wholeType;
    }

    /** The dialect of a route; empty for one that is not translated. */
    public static Optional<ClientDialect> of(Operation operation) {
        for (ClientDialect dialect : values()) {
            if (dialect.operation == operation) {
                return Optional.of(dialect);
            }
        }
        return Optional.empty();
    }

    /**
     * Reads a request.
     *
     * @param body the request's body, whole
     * @throws InvalidRequest when it is wrong, in the words of Ollama
     */
    public NeutralRequest read(byte[] body) throws InvalidRequest {
        return switch (this) {
            case OLLAMA_CHAT -> OllamaRequests.chat(body);
            case OLLAMA_GENERATE -> OllamaRequests.generate(body);
            case OPENAI_CHAT -> OpenAiRequests.read(body);
            case RESPONSES -> ResponsesRequests.read(body);
            case ANTHROPIC -> AnthropicRequests.read(body);
        };
    }

    /** Writes the answer to a request that {@link #read} gave. */
    public AnswerWriter writer(AnswerContext answering) {
        return switch (this) {
            case OLLAMA_CHAT -> new OllamaWriter(OllamaWriter.Form.CHAT, answering);
            case OLLAMA_GENERATE -> new OllamaWriter(OllamaWriter.Form.GENERATE, answering);
            case OPENAI_CHAT -> new OpenAiWriter(answering);
            case RESPONSES -> new ResponsesWriter(answering);
            case ANTHROPIC -> new AnthropicWriter(answering);
        };
    }

    /**
     * Writes the answer to a request that asks nothing ({@link NeutralRequest#asksNothing}) and needs no backend: whole, in the media
     * type of {@code contentType(false)}, from Ollama's routes even when a stream was asked for.
     *
     * @param body the request's body, which says whether the model is to be loaded or unloaded
     * @throws InvalidRequest never, for a body that {@link #read} took
     */
    public void writeIdle(AnswerContext answering, byte[] body, ByteBuilder out) throws InvalidRequest {
        switch (this) {
            case OLLAMA_CHAT, OLLAMA_GENERATE -> {
                OllamaWriter.Form form = this == OLLAMA_CHAT ? OllamaWriter.Form.CHAT : OllamaWriter.Form.GENERATE;
                new OllamaWriter(form, answering).idle(OllamaRequests.unloads(body) ? "unload" : "load", out);
            }
            case OPENAI_CHAT, RESPONSES, ANTHROPIC ->
                writer(answering).write(new StreamEvent.Finish(StreamEvent.Reason.STOP), out);
        }
    }

    /** The media type of a good answer. */
    public String contentType(boolean stream) {
        return stream ? streamType : wholeType;
    }
}
