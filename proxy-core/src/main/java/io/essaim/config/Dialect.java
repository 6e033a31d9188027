package io.essaim.config;

import java.util.Locale;

/** The API that a backend speaks. */
public enum Dialect {
    /** Ollama's native API. */
    OLLAMA,
    /** OpenAI's chat completions, as the clouds and many servers offer it. */
    OPENAI;

    /** The name used in a rules file: {@code ollama} or {@code openai}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
