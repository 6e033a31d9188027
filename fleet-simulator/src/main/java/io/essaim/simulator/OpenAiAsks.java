package io.essaim.simulator;

import static io.essaim.simulator.json.GoType.field;

import io.essaim.simulator.json.GoJson;
import io.essaim.simulator.json.GoJsonException;
import io.essaim.simulator.json.GoJsonParser;
import io.essaim.simulator.json.GoType;
import io.essaim.simulator.json.JsonNumber;
import io.essaim.simulator.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code /v1/chat/completions} and {@code /v1/completions} as the middleware of 0.15.2 translates them. */
final class OpenAiAsks {
    private static final GoType MESSAGE = GoType.struct("openai.Message", field("role", GoType.STRING));
    private static final GoType STREAM_OPTIONS =
            GoType.struct("openai.StreamOptions", field("include_usage", GoType.BOOL));
    private static final GoType CHAT = GoType.struct(
            "openai.ChatCompletionRequest",
            field("model", GoType.STRING),
            field("messages", GoType.slice("[]openai.Message", MESSAGE)),
            field("stream", GoType.BOOL),
            field("stream_options", STREAM_OPTIONS),
            field("max_tokens", GoType.INT),
            field("seed", GoType.INT),
            field("temperature", GoType.FLOAT),
            field("top_p", GoType.FLOAT),
            field("frequency_penalty", GoType.FLOAT),
            field("presence_penalty", GoType.FLOAT),
            field("tools", GoType.slice("[]api.Tool")),
            field("logprobs", GoType.BOOL),
            field("top_logprobs", GoType.INT));
    private static final GoType COMPLETION = GoType.struct(
            "openai.CompletionRequest",
            field("model", GoType.STRING),
            field("prompt", GoType.STRING),
            field("suffix", GoType.STRING),
            field("stream", GoType.BOOL),
            field("stream_options", STREAM_OPTIONS),
            field("max_tokens", GoType.INT),
            field("seed", GoType.INT),
            field("temperature", GoType.FLOAT),
            field("top_p", GoType.FLOAT),
            field("logprobs", GoType.INT));

    private OpenAiAsks() {}

    /** A request with what only its dialect knows. */
    record Read(Ask ask, boolean includeUsage) {}

    static Read chat(byte[] body) throws GoJsonException {
        JsonObject json = CHAT.parse(body);
        Ask ask = new Ask(true, json.string("model"));
        List<?> messages = json.array("messages");
        if (messages.isEmpty()) {
            throw new GoJsonException("[] is too short - 'messages'");
        }
        for (Object each : messages) {
            addMessage(ask, each instanceof JsonObject message ? message : new JsonObject());
        }
        common(ask, json);
        ask.logprobs = json.bool("logprobs", false);
        ask.topLogprobs = (int) json.integer("top_logprobs", 0);
        for (Object each : json.array("tools")) {
            NativeAsks.addTool(ask, each instanceof JsonObject tool ? tool.object("function") : null, "parameters");
        }
        ask.format = format(json.object("response_format"));
        think(ask, json);
        return new Read(ask, includeUsage(json));
    }

    static Read completion(byte[] body) throws GoJsonException {
        JsonObject json = COMPLETION.parse(body);
        Ask ask = new Ask(false, json.string("model"));
        common(ask, json);
        ask.suffix = json.string("suffix");
        ask.logprobs = json.get("logprobs") instanceof JsonNumber;
        ask.topLogprobs = (int) json.integer("logprobs", 0);
        if (!json.string("prompt").isEmpty()) {
            ask.messages.add(new Ask.Message("user", json.string("prompt")));
        }
        return new Read(ask, includeUsage(json));
    }

    private static void common(Ask ask, JsonObject json) {
        ask.stream = json.bool("stream", false);
        ask.numPredict = json.get("max_tokens") instanceof JsonNumber n ? Integer.valueOf((int) n.asLong()) : null;
        ask.seed = json.get("seed") instanceof JsonNumber n ? Long.valueOf(n.asLong()) : null;
        ask.stop = ModelRun.stopWords(json.get("stop"));
    }

    private static boolean includeUsage(JsonObject json) {
        JsonObject options = json.object("stream_options");
        return options != null && options.bool("include_usage", false);
    }

    private static @Nullable Object format(@Nullable JsonObject responseFormat) {
        if (responseFormat == null) {
            return null;
        }
        if (responseFormat.string("type").equals("json_object")) {
            return "json";
        }
        JsonObject wrapped = responseFormat.object("json_schema");
        return wrapped == null ? null : wrapped.get("schema");
    }

    private static void think(Ask ask, JsonObject json) throws GoJsonException {
        JsonObject reasoning = json.object("reasoning");
        String effort = reasoning != null ? reasoning.string("effort") : json.string("reasoning_effort");
        switch (effort) {
            case "" -> {}
            case "none" -> ask.think = Ask.Think.OFF;
            case "high", "medium", "low" -> {
                ask.think = Ask.Think.LEVEL;
                ask.thinkLevel = effort;
            }
            default ->
                throw new GoJsonException("invalid reasoning value: '" + effort
                        + "' (must be \"high\", \"medium\", \"low\", or \"none\")");
        }
    }

    private static void addMessage(Ask ask, JsonObject message) throws GoJsonException {
        Object content = message.get("content");
        String role = message.string("role");
        List<?> calls = message.array("tool_calls");
        if (content instanceof String text) {
            ask.messages.add(new Ask.Message(role, text + callText(calls)));
        } else if (content instanceof List<?> parts) {
            for (Object part : parts) {
                ask.messages.add(new Ask.Message(role, partText(part)));
            }
        } else if (calls.isEmpty()) {
            throw new GoJsonException("invalid message content type: " + (content == null ? "<nil>" : goKind(content)));
        } else {
            ask.messages.add(new Ask.Message(role, callText(calls)));
        }
    }

    private static String goKind(Object content) {
        return content instanceof JsonNumber
                ? "float64"
                : content instanceof Boolean ? "bool" : "map[string]interface {}";
    }

    private static String partText(@Nullable Object part) throws GoJsonException {
        if (!(part instanceof JsonObject object)) {
            throw new GoJsonException("invalid message format");
        }
        switch (object.string("type")) {
            case "text":
                return object.string("text");
            case "image_url":
                Object image = object.get("image_url");
                String url = image instanceof JsonObject inner ? inner.string("url") : String.valueOf(image);
                if (url.startsWith("http://") || url.startsWith("https://")) {
                    throw new GoJsonException(
                            "image URLs are not currently supported, please use base64 encoded data instead");
                }
                if (!url.startsWith("data:image/")) {
                    throw new GoJsonException("invalid image input");
                }
                return "";
            default:
                throw new GoJsonException("invalid message format");
        }
    }

    private static String callText(List<?> calls) throws GoJsonException {
        StringBuilder text = new StringBuilder();
        for (Object call : calls) {
            JsonObject function = call instanceof JsonObject object ? object.object("function") : null;
            if (function != null) {
                try {
                    GoJsonParser.parse(function.string("arguments").getBytes(StandardCharsets.UTF_8));
                } catch (GoJsonException e) {
                    throw new GoJsonException("invalid tool call arguments");
                }
            }
            text.append(GoJson.write(call));
        }
        return text.toString();
    }
}
