package io.essaim.simulator;

import static io.essaim.simulator.json.GoType.field;

import io.essaim.simulator.json.GoJson;
import io.essaim.simulator.json.GoJsonException;
import io.essaim.simulator.json.GoType;
import io.essaim.simulator.json.JsonNumber;
import io.essaim.simulator.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code /v1/responses}. */
final class ResponsesAsks {
    private static final GoType REQUEST = GoType.struct(
            "openai.ResponsesRequest",
            field("model", GoType.STRING),
            field("instructions", GoType.STRING),
            field("stream", GoType.BOOL),
            field("max_output_tokens", GoType.INT),
            field("temperature", GoType.FLOAT),
            field("top_p", GoType.FLOAT),
            field("truncation", GoType.STRING),
            field("tools", GoType.slice("[]openai.ResponsesTool")));

    private ResponsesAsks() {}

    /** A request with the body it came in, parts of which the answer repeats. */
    record Read(Ask ask, JsonObject json) {}

    static Read read(byte[] body) throws GoJsonException {
        JsonObject json = REQUEST.parse(body);
        Ask ask = new Ask(true, json.string("model"));
        ask.stream = json.bool("stream", false);
        ask.numPredict =
                json.get("max_output_tokens") instanceof JsonNumber n ? Integer.valueOf((int) n.asLong()) : null;
        if (!json.string("instructions").isEmpty()) {
            ask.messages.add(new Ask.Message("system", json.string("instructions")));
        }
        addInput(ask, json.get("input"));
        for (Object tool : json.array("tools")) {
            NativeAsks.addTool(ask, tool instanceof JsonObject object ? object : null, "parameters");
        }
        JsonObject text = json.object("text");
        JsonObject format = text == null ? null : text.object("format");
        ask.format = format == null ? null : format.get("schema");
        JsonObject reasoning = json.object("reasoning");
        String effort = reasoning == null ? "" : reasoning.string("effort");
        if (!effort.isEmpty()) {
            ask.think = effort.equals("none") ? Ask.Think.OFF : Ask.Think.LEVEL;
            ask.thinkLevel = effort;
        }
        return new Read(ask, json);
    }

    private static void addInput(Ask ask, @Nullable Object input) throws GoJsonException {
        if (input instanceof String text) {
            if (!text.isEmpty()) {
                ask.messages.add(new Ask.Message("user", text));
            }
        } else if (input instanceof List<?> items) {
            for (int i = 0; i < items.size(); i++) {
                JsonObject item = items.get(i) instanceof JsonObject object ? object : new JsonObject();
                addItem(ask, item, i);
            }
        }
    }

    private static void addItem(Ask ask, JsonObject item, int index) throws GoJsonException {
        String type = item.string("type");
        switch (type.isEmpty() && !item.string("role").isEmpty() ? "message" : type) {
            case "message" -> ask.messages.add(new Ask.Message(role(item), content(item.get("content"), index)));
            case "function_call" -> ask.messages.add(new Ask.Message("assistant", GoJson.write(item)));
            case "function_call_output" -> ask.messages.add(new Ask.Message("tool", item.string("output")));
            case "reasoning" -> ask.messages.add(new Ask.Message("assistant", item.string("encrypted_content")));
            default -> throw new GoJsonException("input[" + index + "]: unknown input item type: " + type);
        }
    }

    private static String role(JsonObject item) {
        return item.string("role").equals("developer") ? "system" : item.string("role");
    }

    private static String content(@Nullable Object content, int index) throws GoJsonException {
        if (content instanceof String text) {
            return text;
        }
        StringBuilder text = new StringBuilder();
        List<?> parts = content instanceof List<?> list ? list : List.of();
        for (int i = 0; i < parts.size(); i++) {
            JsonObject part = parts.get(i) instanceof JsonObject object ? object : new JsonObject();
            switch (part.string("type")) {
                case "input_text", "output_text" -> text.append(part.string("text"));
                case "input_image" -> {}
                default ->
                    throw new GoJsonException(
                            "input[" + index + "]: content[" + i + "]: unknown content type: " + part.string("type"));
            }
        }
        return text.toString();
    }
}
