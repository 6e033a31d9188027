package io.essaim.dialect;

import org.jspecify.annotations.Nullable;

/**
 * Whether the model must call a tool.
 *
 * @param tool the one it must call; null unless {@code kind} is NAMED
 */
public record ToolChoice(Kind kind, @Nullable String tool) {
    /** Not said, or left to the model. */
    public static final ToolChoice AUTO = new ToolChoice(Kind.AUTO, null);

    /** The kinds of choice that OpenAI, Anthropic and Gemini share. */
    public enum Kind {
        AUTO,
        NONE,
        REQUIRED,
        NAMED
    }

    static ToolChoice of(Kind kind) {
        return kind == Kind.AUTO ? AUTO : new ToolChoice(kind, null);
    }

    static ToolChoice named(String tool) {
        return new ToolChoice(Kind.NAMED, tool);
    }
}
