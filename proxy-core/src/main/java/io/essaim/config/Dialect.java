package io.essaim.config;

import io.essaim.dialect.BackendDialect;
import io.essaim.dialect.Capabilities;
import java.net.URI;
import java.util.Locale;

/** The API that a backend speaks. */
public enum Dialect {
    /** Ollama's native API. */
    OLLAMA(BackendDialect.OLLAMA),
    /** OpenAI's chat completions, as most clouds and many servers offer it. */
    OPENAI(BackendDialect.OPENAI),
    /** Anthropic's messages. */
    ANTHROPIC(BackendDialect.ANTHROPIC),
    /** Gemini's own generateContent. */
    GEMINI(BackendDialect.GEMINI);

    private final BackendDialect spoken;

    Dialect(BackendDialect spoken) {
        this.spoken = spoken;
    }

    /** The name used in a rules file: {@code ollama}, {@code openai}, {@code anthropic} or {@code gemini}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether backends of this dialect are asked only for agents whose rules list them, and requests are translated. */
    public boolean isCloud() {
        return this != OLLAMA;
    }

    /** How requests and answers are written. */
    public BackendDialect spoken() {
        return spoken;
    }

    /** The name in {@link Capabilities} of what a backend takes of which the rules say nothing. */
    String capabilities(URI url) {
        String host = url.getHost() == null ? "" : url.getHost();
        return switch (this) {
            case OLLAMA, ANTHROPIC, GEMINI -> key();
            case OPENAI ->
                switch (host) {
                    case "generativelanguage.googleapis.com" -> "gemini-openai";
                    case "api.mistral.ai" -> "mistral";
                    case "api.openai.com" -> "openai";
                    default -> "compatible";
                };
        };
    }
}
