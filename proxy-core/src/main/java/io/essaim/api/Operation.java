package io.essaim.api;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a path asks for. Paths and methods are those of Ollama 0.15.2 ({@code /api/status}: 0.16.2); a path with a variable last segment ends in
 * {@code /}.
 */
public enum Operation {
    ROOT("/", "HEAD, GET", Surface.NATIVE, ""),
    VERSION("/api/version", "HEAD, GET", Surface.NATIVE, ""),
    STATUS("/api/status", "GET", Surface.NATIVE, ""),
    TAGS("/api/tags", "HEAD, GET", Surface.NATIVE, ""),
    PS("/api/ps", "GET", Surface.NATIVE, ""),
    V1_MODELS("/v1/models", "GET", Surface.OPENAI, ""),
    V1_MODEL("/v1/models/", "GET", Surface.OPENAI, ""),

    PULL("/api/pull", "POST", Surface.NATIVE, ""),
    PUSH("/api/push", "POST", Surface.NATIVE, ""),
    CREATE("/api/create", "POST", Surface.NATIVE, ""),
    COPY("/api/copy", "POST", Surface.NATIVE, ""),
    DELETE("/api/delete", "DELETE", Surface.NATIVE, ""),
    BLOB("/api/blobs/", "HEAD, POST", Surface.NATIVE, ""),
    ME("/api/me", "POST", Surface.NATIVE, ""),
    SIGNOUT("/api/signout", "POST", Surface.NATIVE, ""),

    SHOW("/api/show", "POST", Surface.NATIVE, "ShowRequest"),
    CHAT("/api/chat", "POST", Surface.NATIVE, "ChatRequest"),
    GENERATE("/api/generate", "POST", Surface.NATIVE, "GenerateRequest"),
    EMBED("/api/embed", "POST", Surface.NATIVE, "EmbedRequest"),
    EMBEDDINGS("/api/embeddings", "POST", Surface.NATIVE, "EmbeddingRequest"),
    V1_CHAT("/v1/chat/completions", "POST", Surface.OPENAI, "ChatCompletionRequest"),
    V1_COMPLETIONS("/v1/completions", "POST", Surface.OPENAI, "CompletionRequest"),
    V1_EMBEDDINGS("/v1/embeddings", "POST", Surface.OPENAI, "EmbedRequest"),
    V1_RESPONSES("/v1/responses", "POST", Surface.RESPONSES, "ResponsesRequest"),
    V1_MESSAGES("/v1/messages", "POST", Surface.ANTHROPIC, "MessagesRequest");

    private static final Map<String, Operation> BY_PATH =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Operation::path, Function.identity()));

    private final String path;
    private final String methods;
    private final Surface surface;
    private final String goType;

    Operation(String path, String methods, Surface surface, String goType) {
        this.path = path;
        this.methods = methods;
        this.surface = surface;
        this.goType = goType;
    }

    /**
     * The operation of a decoded path.
     *
     * @param path the path without query and without agent prefix
     * @return the operation, or null when Ollama would say 404
     */
    public static @Nullable Operation of(String path) {
        Operation exact = BY_PATH.get(path);
        if (exact != null) {
            return exact.variable() ? null : exact;
        }
        return V1_MODEL.holds(path) ? V1_MODEL : BLOB.holds(path) ? BLOB : null;
    }

    private boolean holds(String other) {
        return other.startsWith(path) && other.indexOf('/', path.length()) < 0;
    }

    /** Whether the last segment of the path is the client's choice. */
    public boolean variable() {
        return this == V1_MODEL || this == BLOB;
    }

    /** Whether it changes hosts or speaks for their owner, which needs a right. */
    public boolean manages() {
        return switch (this) {
            case PULL, PUSH, CREATE, COPY, DELETE, BLOB, ME, SIGNOUT -> true;
            default -> false;
        };
    }

    /** Whether an agent that has keys must show one for it. What clients ask before they know a key stays open. */
    public boolean needsProof() {
        return manages() || infers();
    }

    /** Whether the body may hold {@code options} of the model; what /v1 sends under that name is ignored by Ollama. */
    public boolean readsOptions() {
        return surface == Surface.NATIVE && infers();
    }

    /** Whether the body may say how much the model is to think, by {@code think}. */
    public boolean readsThink() {
        return this == CHAT || this == GENERATE;
    }

    public String path() {
        return path;
    }

    /** The methods as Ollama lists them in {@code Allow}. */
    public String allow() {
        return methods;
    }

    public boolean allows(String method) {
        return List.of(methods.split(", ", -1)).contains(method);
    }

    public Surface surface() {
        return surface;
    }

    /** Whether the request goes to a backend; the others are answered from what is known of the fleet. */
    public boolean relayed() {
        return !goType.isEmpty();
    }

    /** Whether the model runs for it, so that its time to the first token says something about the backend. */
    public boolean infers() {
        return relayed() && this != SHOW;
    }

    /** Whether the model may also be called {@code name} in the body (only the management routes read it). */
    public boolean readsName() {
        return this == SHOW;
    }

    /** Ollama's default for {@code stream}: true on native inference, false under /v1 and where nothing streams. */
    public boolean streamsByDefault() {
        return this == CHAT || this == GENERATE;
    }

    /**
     * Whether a request for it is answered with a stream.
     *
     * @param said the client's own {@code stream}; null for nothing
     */
    public boolean streams(@Nullable Boolean said) {
        return canStream() && (said == null ? streamsByDefault() : said);
    }

    public boolean canStream() {
        return streamsByDefault()
                || this == V1_CHAT
                || this == V1_COMPLETIONS
                || this == V1_RESPONSES
                || this == V1_MESSAGES;
    }

    /** The Go type that Ollama names in its unmarshalling errors. */
    public String goType() {
        return goType;
    }
}
