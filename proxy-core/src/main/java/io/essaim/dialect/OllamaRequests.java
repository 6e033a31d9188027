package io.essaim.dialect;

import io.essaim.dialect.NeutralRequest.Delivery;
import io.essaim.dialect.NeutralRequest.Effort;
import io.essaim.dialect.SamplingOptions.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Reads {@code /api/chat} and {@code /api/generate} as Ollama 0.15.2 does (api/types.go, server/routes.go). */
final class OllamaRequests {
    private OllamaRequests() {}

    static NeutralRequest chat(byte[] json) throws InvalidRequest {
        GoJsonObject body = GoJsonObject.of(json, "api.ChatRequest");
        String model = body.text("model");
        if (model.isEmpty()) {
            throw new InvalidRequest("model is required");
        }
        ChatMessages turns = ChatMessages.read(
                List.of(), body.objects("messages", "[]api.Message"), (message, place, out) -> turn(message, out));
        return asked(body, model, turns, List.of());
    }

    static NeutralRequest generate(byte[] json) throws InvalidRequest {
        GoJsonObject body = GoJsonObject.of(json, "api.GenerateRequest");
        String model = body.text("model");
        if (model.isEmpty()) {
            throw new InvalidRequest(404, "model '' not found");
        }
        List<ChatMessage> turns = new ArrayList<>();
        List<ChatMessage.Part> parts = new ArrayList<>();
        JsonText prompt = body.words("prompt");
        if (!prompt.isEmpty()) {
            parts.add(new ChatMessage.Words(prompt));
        }
        pictures(body, parts);
        if (!parts.isEmpty()) {
            JsonText system = body.words("system");
            if (!system.isEmpty()) {
                turns.add(new ChatMessage(ChatMessage.Role.SYSTEM, List.of(new ChatMessage.Words(system))));
            }
            turns.add(new ChatMessage(ChatMessage.Role.USER, parts));
        }
        List<String> beyond = new ArrayList<>();
        for (String field : List.of("suffix", "template", "raw", "context", "width", "height", "steps")) {
            if (body.says(field)) {
                beyond.add(field);
            }
        }
        return asked(body, model, ChatMessages.of(turns), beyond);
    }

    /** Whether a request without a prompt wants the model out of memory instead of in it. */
    static boolean unloads(byte[] json) throws InvalidRequest {
        JsonNode keep = GoJsonObject.of(json, "api.ChatRequest").any("keep_alive");
        return keep.isNumber() && keep.doubleValue() == 0
                || keep.isString() && keep.asString().matches("0+([smh]|ms)?");
    }

    private static NeutralRequest asked(GoJsonObject body, String model, ChatMessages turns, List<String> beyond)
            throws InvalidRequest {
        boolean stream = body.flag("stream", true);
        return new NeutralRequest(
                model,
                turns,
                OpenAiTools.read(body.objects("tools", "api.Tools")),
                ToolChoice.AUTO,
                shape(body),
                options(body),
                effort(body.any("think")),
                Delivery.of(stream, true),
                beyond);
    }

    private static void turn(GoJsonObject message, ChatMessages.Turns out) throws InvalidRequest {
        String role = message.text("role").toLowerCase(Locale.ROOT);
        JsonText content = message.words("content");
        if (role.equals("tool")) {
            String name = message.text("tool_name");
            ChatMessage.Result result = new ChatMessage.Result(message.text("tool_call_id"), name, content, false);
            out.add(ChatMessage.Role.TOOL, List.of(result));
            return;
        }
        List<ChatMessage.Part> parts = new ArrayList<>();
        if (message.says("thinking")) {
            parts.add(new ChatMessage.Thoughts(message.words("thinking"), null));
        }
        if (!content.isEmpty()) {
            parts.add(new ChatMessage.Words(content));
        }
        pictures(message, parts);
        for (GoJsonObject call : message.objects("tool_calls", "[]api.ToolCall")) {
            GoJsonObject function = call.object("function", "api.ToolCallFunction");
            if (function != null) {
                GoJsonObject.Kind kind = function.kind("arguments");
                if (kind != GoJsonObject.Kind.OBJECT && kind != GoJsonObject.Kind.ABSENT) {
                    throw function.mistyped("arguments", "map[string]interface {}");
                }
                parts.add(new ChatMessage.Call(
                        call.text("id"), function.text("name"), OpenAiTools.compact(function, "arguments"), null));
            }
        }
        out.add(role(role), parts);
    }

    private static ChatMessage.Role role(String name) throws InvalidRequest {
        return switch (name) {
            case "system", "developer" -> ChatMessage.Role.SYSTEM;
            case "user", "control" -> ChatMessage.Role.USER;
            case "assistant" -> ChatMessage.Role.ASSISTANT;
            default -> throw new InvalidRequest("role '" + name + "' is not known to this backend");
        };
    }

    private static void pictures(GoJsonObject from, List<ChatMessage.Part> parts) throws InvalidRequest {
        for (JsonText picture : from.texts("images")) {
            parts.add(Images.of(picture));
        }
    }

    private static @Nullable OutputFormat shape(GoJsonObject body) throws InvalidRequest {
        if (body.kind("format") == GoJsonObject.Kind.OBJECT) {
            return OutputFormat.of(OpenAiTools.compact(body, "format"));
        }
        JsonNode format = body.any("format");
        if (format.isMissingNode() || format.isString() && format.asString().isEmpty()) {
            return null;
        }
        if (format.isString() && format.asString().equals("json")) {
            return OutputFormat.ANY_JSON;
        }
        String quoted = JsonNodeFactory.instance.stringNode(format.toString()).toString();
        throw new InvalidRequest(
                500, "invalid format: " + quoted + "; expected \"json\" or a valid JSON Schema object");
    }

    private static Effort effort(JsonNode think) throws InvalidRequest {
        if (think.isMissingNode()) {
            return Effort.UNSET;
        }
        if (think.isBoolean()) {
            return think.booleanValue() ? Effort.ON : Effort.OFF;
        }
        return switch (think.asString("")) {
            case "low" -> Effort.LOW;
            case "medium" -> Effort.MEDIUM;
            case "high", "max" -> Effort.HIGH;
            default ->
                throw new InvalidRequest(
                        "invalid think value: " + think + " (must be \"high\", \"medium\", \"low\", true, or false)");
        };
    }

    private static SamplingOptions options(GoJsonObject body) throws InvalidRequest {
        SamplingOptions.Draft draft = new SamplingOptions.Draft();
        Integer alternatives = OpenAiTools.logprobs(body);
        draft.logprobs(alternatives);
        GoJsonObject given = body.object("options", "map[string]interface {}");
        if (given == null) {
            return draft.done();
        }
        for (Setting option : Setting.values()) {
            JsonNode value = given.any(option.key());
            if (!value.isMissingNode() && !value.isNumber()) {
                String type = option.isWhole() ? "integer" : "float32";
                throw new InvalidRequest(500, "option \"" + option.key() + "\" must be of type " + type);
            }
            if (value.isNumber()) {
                // Go cuts the fraction off an integer option.
                double number = option.isWhole() ? (long) value.doubleValue() : value.doubleValue();
                if (option == Setting.LIMIT) {
                    draft.limit(number);
                } else {
                    draft.set(option, number);
                }
            }
        }
        return draft.stop(given.strings("stop")).done();
    }
}
