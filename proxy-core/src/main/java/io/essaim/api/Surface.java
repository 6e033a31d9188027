package io.essaim.api;

/**
 * The family of answers a path belongs to: how errors are wrapped, how a stream ends and how it says that it broke.
 * Ollama serves all four on one port (server/routes.go of Ollama 0.15.2).
 */
public enum Surface {
    /** {@code /api/*}: NDJSON, ends with a line whose top-level {@code done} is true. */
    NATIVE,
    /** {@code /v1/chat/completions}, {@code /v1/completions}, {@code /v1/embeddings}: SSE, ends with {@code [DONE]}. */
    OPENAI,
    /** {@code /v1/responses}: SSE with typed events, ends with {@code response.completed}. */
    RESPONSES,
    /** {@code /v1/messages}: SSE with typed events, ends with {@code message_stop}. */
    ANTHROPIC
}
