package io.essaim.simulator;

import static io.essaim.simulator.json.GoType.field;

import io.essaim.simulator.json.GoJson;
import io.essaim.simulator.json.GoJsonException;
import io.essaim.simulator.json.GoType;
import io.essaim.simulator.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code /v1/messages}. */
final class MessagesAsks {
    private static final GoType MESSAGE = GoType.struct("anthropic.MessageParam", field("role", GoType.STRING));
    private static final GoType REQUEST = GoType.struct(
            "anthropic.MessagesRequest",
            field("model", GoType.STRING),
            field("max_tokens", GoType.INT),
            field("messages", GoType.slice("[]anthropic.MessageParam", MESSAGE)),
            field("stream", GoType.BOOL),
            field("temperature", GoType.FLOAT),
            field("top_p", GoType.FLOAT),
            field("top_k", GoType.INT),
            field("stop_sequences", GoType.slice("[]string", GoType.STRING)),
            field("tools", GoType.slice("[]anthropic.Tool")));

    private MessagesAsks() {}

    static Ask read(byte[] body) throws GoJsonException {
        JsonObject json = REQUEST.parse(body);
        Ask ask = new Ask(true, json.string("model"));
        if (ask.model.isEmpty()) {
            throw new GoJsonException("model is required");
        }
        int maxTokens = (int) json.integer("max_tokens", 0);
        if (maxTokens <= 0) {
            throw new GoJsonException("max_tokens is required and must be positive");
        }
        List<?> messages = json.array("messages");
        if (messages.isEmpty()) {
            throw new GoJsonException("messages is required");
        }
        ask.numPredict = maxTokens;
        ask.stream = json.bool("stream", false);
        ask.stop = ModelRun.stopWords(json.get("stop_sequences"));
        String system = blocks(json.get("system"));
        if (!system.isEmpty()) {
            ask.messages.add(new Ask.Message("system", system));
        }
        for (Object each : messages) {
            JsonObject message = each instanceof JsonObject object ? object : new JsonObject();
            ask.messages.add(new Ask.Message(message.string("role"), blocks(message.get("content"))));
        }
        for (Object tool : json.array("tools")) {
            NativeAsks.addTool(ask, tool instanceof JsonObject object ? object : null, "input_schema");
        }
        JsonObject thinking = json.object("thinking");
        if (thinking != null) {
            ask.think = thinking.string("type").equals("enabled") ? Ask.Think.ON : Ask.Think.OFF;
        }
        return ask;
    }

    private static String blocks(@Nullable Object content) throws GoJsonException {
        if (!(content instanceof List<?> list)) {
            return content instanceof String text ? text : "";
        }
        StringBuilder text = new StringBuilder();
        for (Object each : list) {
            if (!(each instanceof JsonObject block)) {
                throw new GoJsonException("invalid content block format");
            }
            text.append(block(block));
        }
        return text.toString();
    }

    private static String block(JsonObject block) throws GoJsonException {
        switch (block.string("type")) {
            case "text":
                return block.string("text");
            case "thinking":
                return block.string("thinking");
            case "tool_result":
                return blocks(block.get("content"));
            case "tool_use":
                return GoJson.write(block);
            case "image":
                JsonObject source = block.object("source");
                String type = source == null ? "" : source.string("type");
                if (!type.equals("base64")) {
                    throw new GoJsonException(
                            "invalid image source type: " + type + ". Only base64 images are supported.");
                }
                return "";
            default:
                return "";
        }
    }
}
