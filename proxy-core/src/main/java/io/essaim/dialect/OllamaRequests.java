package io.essaim.dialect;

import io.essaim.dialect.Asked.Delivery;
import io.essaim.dialect.Asked.Effort;
import io.essaim.dialect.Options.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Reads {@code /api/chat} and {@code /api/generate} as Ollama 0.15.2 does (api/types.go, server/routes.go). */
final class OllamaRequests {
    private OllamaRequests() {}

    static Asked chat(byte[] json) throws Refused {
        Body body = Body.of(json, "api.ChatRequest");
        String model = body.text("model");
        if (model.isEmpty()) {
            throw new Refused("model is required");
        }
        Conversation turns = Conversation.read(
                List.of(), body.objects("messages", "[]api.Message"), (message, place, out) -> turn(message, out));
        return asked(body, model, turns, List.of());
    }

    static Asked generate(byte[] json) throws Refused {
        Body body = Body.of(json, "api.GenerateRequest");
        String model = body.text("model");
        if (model.isEmpty()) {
            throw new Refused(404, "model '' not found");
        }
        List<Turn> turns = new ArrayList<>();
        List<Turn.Part> parts = new ArrayList<>();
        Text prompt = body.words("prompt");
        if (!prompt.isEmpty()) {
            parts.add(new Turn.Words(prompt));
        }
        pictures(body, parts);
        if (!parts.isEmpty()) {
            Text system = body.words("system");
            if (!system.isEmpty()) {
                turns.add(new Turn(Turn.Role.SYSTEM, List.of(new Turn.Words(system))));
            }
            turns.add(new Turn(Turn.Role.USER, parts));
        }
        List<String> beyond = new ArrayList<>();
        for (String field : List.of("suffix", "template", "raw", "context", "width", "height", "steps")) {
            if (body.says(field)) {
                beyond.add(field);
            }
        }
        return asked(body, model, Conversation.of(turns), beyond);
    }

    /** Whether a request without a prompt wants the model out of memory instead of in it. */
    static boolean unloads(byte[] json) throws Refused {
        JsonNode keep = Body.of(json, "api.ChatRequest").any("keep_alive");
        return keep.isNumber() && keep.doubleValue() == 0
                || keep.isString() && keep.asString().matches("0+([smh]|ms)?");
    }

    private static Asked asked(Body body, String model, Conversation turns, List<String> beyond) throws Refused {
        boolean stream = body.flag("stream", true);
        return new Asked(
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

    private static void turn(Body message, Conversation.Turns out) throws Refused {
        String role = message.text("role").toLowerCase(Locale.ROOT);
        Text content = message.words("content");
        if (role.equals("tool")) {
            String name = message.text("tool_name");
            Turn.Result result = new Turn.Result(message.text("tool_call_id"), name, content, false);
            out.add(Turn.Role.TOOL, List.of(result));
            return;
        }
        List<Turn.Part> parts = new ArrayList<>();
        if (message.says("thinking")) {
            parts.add(new Turn.Thoughts(message.words("thinking"), null));
        }
        if (!content.isEmpty()) {
            parts.add(new Turn.Words(content));
        }
        pictures(message, parts);
        for (Body call : message.objects("tool_calls", "[]api.ToolCall")) {
            Body function = call.object("function", "api.ToolCallFunction");
            if (function != null) {
                Body.Kind kind = function.kind("arguments");
                if (kind != Body.Kind.OBJECT && kind != Body.Kind.ABSENT) {
                    throw function.mistyped("arguments", "map[string]interface {}");
                }
                parts.add(new Turn.Call(
                        call.text("id"), function.text("name"), OpenAiTools.compact(function, "arguments"), null));
            }
        }
        out.add(role(role), parts);
    }

    private static Turn.Role role(String name) throws Refused {
        return switch (name) {
            case "system", "developer" -> Turn.Role.SYSTEM;
            case "user", "control" -> Turn.Role.USER;
            case "assistant" -> Turn.Role.ASSISTANT;
            default -> throw new Refused("role '" + name + "' is not known to this backend");
        };
    }

    private static void pictures(Body from, List<Turn.Part> parts) throws Refused {
        for (Text picture : from.texts("images")) {
            parts.add(Pictures.of(picture));
        }
    }

    private static @Nullable Shape shape(Body body) throws Refused {
        if (body.kind("format") == Body.Kind.OBJECT) {
            return Shape.of(OpenAiTools.compact(body, "format"));
        }
        JsonNode format = body.any("format");
        if (format.isMissingNode() || format.isString() && format.asString().isEmpty()) {
            return null;
        }
        if (format.isString() && format.asString().equals("json")) {
            return Shape.ANY_JSON;
        }
        String quoted = JsonNodeFactory.instance.stringNode(format.toString()).toString();
        throw new Refused(500, "invalid format: " + quoted + "; expected \"json\" or a valid JSON Schema object");
    }

    private static Effort effort(JsonNode think) throws Refused {
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
                throw new Refused(
                        "invalid think value: " + think + " (must be \"high\", \"medium\", \"low\", true, or false)");
        };
    }

    private static Options options(Body body) throws Refused {
        Options.Draft draft = new Options.Draft();
        Integer alternatives = OpenAiTools.logprobs(body);
        draft.logprobs(alternatives);
        Body given = body.object("options", "map[string]interface {}");
        if (given == null) {
            return draft.done();
        }
        for (Setting option : Setting.values()) {
            JsonNode value = given.any(option.key());
            if (!value.isMissingNode() && !value.isNumber()) {
                String type = option.isWhole() ? "integer" : "float32";
                throw new Refused(500, "option \"" + option.key() + "\" must be of type " + type);
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
