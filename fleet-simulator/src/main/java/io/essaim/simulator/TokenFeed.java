package io.essaim.simulator;

import org.jspecify.annotations.Nullable;

/** What a model is about to write, token by token. */
@FunctionalInterface
interface TokenFeed {
    /** The next token, or null where the model ends by itself. */
    @Nullable
    Piece next();

    /**
     * One token.
     *
     * @param call the tool call that is complete with this token, or null
     */
    record Piece(String text, Kind kind, @Nullable ToolCall call) {
        static Piece text(String text) {
            return new Piece(text, Kind.TEXT, null);
        }
    }

    /** Where the token shows. */
    enum Kind {
        TEXT,
        THINKING,
        /** Swallowed by a parser, as the tokens of a tool call are until it is complete. */
        SILENT
    }

    /**
     * A call of a tool.
     *
     * @param arguments a JSON object
     */
    record ToolCall(String id, String name, Object arguments) {}
}
