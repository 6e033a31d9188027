package io.essaim.simulator;

import io.essaim.simulator.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a request asks of a model, whatever its dialect. Filled by the reader of one dialect, then only read. */
final class Ask {
    /** How the model is meant to think. */
    enum Think {
        UNSET,
        OFF,
        ON,
        /** A level, which only gpt-oss knows. */
        LEVEL
    }

    /** One message. {@code tokens} is its text with tool calls spelled out. */
    record Message(String role, String text) {}

    /** A tool on offer. */
    record Tool(String name, @Nullable Object parameters) {}

    final boolean chat;
    final String model;
    boolean stream;
    final List<Message> messages = new ArrayList<>();
    final List<Tool> tools = new ArrayList<>();
    String suffix = "";
    boolean raw;
    int[] context = new int[0];

    @Nullable
    JsonObject options;
    /** Options that a dialect sets under other names; they win over {@link #options}. */
    @Nullable
    Integer numPredict;

    @Nullable
    Long seed;

    List<String> stop = List.of();

    @Nullable
    Object format;

    Think think = Think.UNSET;
    String thinkLevel = "";

    @Nullable
    Long keepAlive;

    boolean truncate = true;
    boolean shift = true;
    boolean logprobs;
    int topLogprobs;

    Ask(boolean chat, String model) {
        this.chat = chat;
        this.model = model;
    }

    /** Nothing to say: the request only loads the model, or unloads it with a keep-alive of 0. */
    boolean isEmpty() {
        return messages.isEmpty();
    }

    String lastUserText() {
        for (int i = messages.size() - 1; i >= 0; i--) {
            if (messages.get(i).role().equals("user")) {
                return messages.get(i).text();
            }
        }
        return "";
    }

    String lastRole() {
        return messages.isEmpty() ? "" : messages.get(messages.size() - 1).role();
    }
}
