package io.essaim.simulator;

import static io.essaim.simulator.json.GoType.field;

import io.essaim.simulator.json.GoJson;
import io.essaim.simulator.json.GoJsonException;
import io.essaim.simulator.json.GoType;
import io.essaim.simulator.json.JsonNumber;
import io.essaim.simulator.json.JsonObject;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads {@code /api/chat} and {@code /api/generate}. */
final class NativeAsks {
    static final GoType KEEP_ALIVE = GoType.custom(GoDuration::refusal);
    private static final GoType THINK = GoType.custom(NativeAsks::badThink);
    private static final GoType IMAGES = GoType.slice("[]api.ImageData", GoType.custom(NativeAsks::badImage));
    private static final GoType MESSAGE = GoType.struct(
            "api.Message",
            field("role", GoType.STRING),
            field("content", GoType.STRING),
            field("thinking", GoType.STRING),
            field("images", IMAGES),
            field("tool_calls", GoType.slice("[]api.ToolCall")),
            field("tool_name", GoType.STRING));
    private static final GoType CHAT = GoType.struct(
            "api.ChatRequest",
            field("model", GoType.STRING),
            field("messages", GoType.slice("[]api.Message", MESSAGE)),
            field("stream", GoType.BOOL),
            field("keep_alive", KEEP_ALIVE),
            field("tools", GoType.slice("api.Tools")),
            field("options", GoType.MAP),
            field("think", THINK),
            field("truncate", GoType.BOOL),
            field("shift", GoType.BOOL),
            field("logprobs", GoType.BOOL),
            field("top_logprobs", GoType.INT));
    private static final GoType GENERATE = GoType.struct(
            "api.GenerateRequest",
            field("model", GoType.STRING),
            field("prompt", GoType.STRING),
            field("suffix", GoType.STRING),
            field("system", GoType.STRING),
            field("template", GoType.STRING),
            field("context", GoType.slice("[]int", GoType.INT)),
            field("stream", GoType.BOOL),
            field("raw", GoType.BOOL),
            field("keep_alive", KEEP_ALIVE),
            field("images", IMAGES),
            field("options", GoType.MAP),
            field("think", THINK),
            field("truncate", GoType.BOOL),
            field("shift", GoType.BOOL),
            field("logprobs", GoType.BOOL),
            field("top_logprobs", GoType.INT));

    private NativeAsks() {}

    /** A generate request with what its route refuses once the model is found. */
    record Generate(Ask ask, @Nullable Refusal refusal, boolean debugRender) {}

    static Ask chat(byte[] body) throws GoJsonException {
        JsonObject json = CHAT.parse(body);
        Ask ask = new Ask(true, json.string("model"));
        common(ask, json);
        for (Object each : json.array("messages")) {
            if (each instanceof JsonObject message) {
                ask.messages.add(new Ask.Message(message.string("role").toLowerCase(Locale.ROOT), text(message)));
            }
        }
        for (Object each : json.array("tools")) {
            addTool(ask, each instanceof JsonObject tool ? tool.object("function") : null, "parameters");
        }
        return ask;
    }

    static Generate generate(byte[] body) throws GoJsonException {
        JsonObject json = GENERATE.parse(body);
        Ask ask = new Ask(false, json.string("model"));
        common(ask, json);
        ask.raw = json.bool("raw", false);
        ask.suffix = json.string("suffix");
        ask.context = json.array("context").stream()
                .mapToInt(id -> id instanceof JsonNumber number ? (int) number.asLong() : 0)
                .toArray();
        String system = json.string("system");
        String template = json.string("template");
        String prompt = json.string("prompt");
        if (!system.isEmpty()) {
            ask.messages.add(new Ask.Message("system", system));
        }
        if (!prompt.isEmpty()) {
            ask.messages.add(new Ask.Message("user", prompt));
        } else {
            // An empty prompt only loads the model, whatever else is there.
            ask.messages.clear();
        }
        Refusal refusal = null;
        if (ask.raw && (!template.isEmpty() || !system.isEmpty() || ask.context.length > 0)) {
            refusal = new Refusal(400, "raw mode does not support template, system, or context");
        } else if (template.contains("{{") && !template.contains("}}")) {
            refusal = new Refusal(500, "template: :1: unclosed action");
        }
        return new Generate(ask, refusal, json.bool("_debug_render_only", false));
    }

    static void addTool(Ask ask, @Nullable JsonObject function, String parametersKey) {
        if (function != null) {
            ask.tools.add(new Ask.Tool(function.string("name"), function.get(parametersKey)));
        }
    }

    private static void common(Ask ask, JsonObject json) {
        ask.stream = json.bool("stream", true);
        ask.options = json.object("options");
        Object format = json.get("format");
        ask.format = "".equals(format) ? null : format;
        ask.keepAlive = GoDuration.keepAlive(json.get("keep_alive"));
        ask.truncate = json.bool("truncate", true);
        ask.shift = json.bool("shift", true);
        ask.logprobs = json.bool("logprobs", false);
        ask.topLogprobs = (int) json.integer("top_logprobs", 0);
        Object think = json.get("think");
        if (think instanceof Boolean on) {
            ask.think = on ? Ask.Think.ON : Ask.Think.OFF;
        } else if (think instanceof String level) {
            ask.think = Ask.Think.LEVEL;
            ask.thinkLevel = level;
        }
    }

    private static String text(JsonObject message) {
        StringBuilder text = new StringBuilder(message.string("thinking")).append(message.string("content"));
        for (Object call : message.array("tool_calls")) {
            text.append(GoJson.write(call));
        }
        return text.toString();
    }

    private static @Nullable String badThink(Object value) {
        if (value instanceof Boolean
                || (value instanceof String s
                        && List.of("high", "medium", "low").contains(s))) {
            return null;
        }
        if (value instanceof String level) {
            return "invalid think value: \"" + level + "\" (must be \"high\", \"medium\", \"low\", true, or false)";
        }
        return "think must be a boolean or string (\"high\", \"medium\", \"low\", true, or false)";
    }

    /** The position of the first byte that Go's base64 decoder refuses. */
    private static @Nullable String badImage(Object value) {
        if (!(value instanceof String image)) {
            return "json: cannot unmarshal into Go struct field of type []uint8";
        }
        for (int i = 0; i < image.length(); i++) {
            char c = image.charAt(i);
            boolean known =
                    (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
            boolean padding = c == '=' && i >= image.length() - 2 && image.length() % 4 == 0;
            if (!known && !padding) {
                return "illegal base64 data at input byte " + i;
            }
        }
        return null;
    }
}
