package io.essaim.dialect;

import io.essaim.dialect.Asked.Delivery;
import io.essaim.dialect.Asked.Effort;
import io.essaim.dialect.Options.Setting;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads {@code /v1/chat/completions}: what Ollama 0.15.2 reads (openai/openai.go), and of the rest what others understand. */
final class OpenAiRequests {
    private OpenAiRequests() {}

    static Asked read(byte[] json) throws Refused {
        if (json.length == 0) {
            throw new Refused("EOF");
        }
        Body body = Body.of(json, "openai.ChatCompletionRequest");
        Body.Items messages = body.objects("messages", "[]openai.Message");
        if (messages.isEmpty()) {
            throw new Refused("[] is too short - 'messages'");
        }
        String model = body.text("model");
        if (model.isEmpty()) {
            throw new Refused("model is required");
        }
        Conversation turns = Conversation.read(List.of(), messages, (message, place, out) -> turn(message, out));
        Body streaming = body.object("stream_options", "openai.StreamOptions");
        boolean usage = streaming != null && streaming.flag("include_usage", false);
        return new Asked(
                model,
                turns,
                OpenAiTools.read(body.objects("tools", "[]api.Tool")),
                choice(body.any("tool_choice")),
                shape(body.object("response_format", "openai.ResponseFormat")),
                options(body),
                effort(body),
                Delivery.of(body.flag("stream", false), usage),
                beyond(body));
    }

    private static List<String> beyond(Body body) throws Refused {
        List<String> beyond = new ArrayList<>();
        Double n = body.number("n", "int");
        if (n != null && n > 1) {
            beyond.add("n");
        }
        for (String field : List.of("logit_bias", "audio", "web_search_options", "functions")) {
            if (body.says(field)) {
                beyond.add(field);
            }
        }
        return beyond;
    }

    private static void turn(Body message, Conversation.Turns out) throws Refused {
        String role = message.text("role");
        Body.Kind content = message.kind("content");
        Body.Items calls = message.objects("tool_calls", "[]openai.ToolCall");
        List<Turn.Part> parts = new ArrayList<>();
        Text thoughts = message.words(message.has("reasoning_content") ? "reasoning_content" : "reasoning");
        if (!thoughts.isEmpty()) {
            parts.add(new Turn.Thoughts(thoughts, null));
        }
        if (content == Body.Kind.STRING) {
            Text words = message.words("content");
            if (!words.isEmpty()) {
                parts.add(new Turn.Words(words));
            }
        } else if (content == Body.Kind.LIST) {
            for (Body part : message.objects("content", "[]interface {}")) {
                parts.add(part(part));
            }
        } else if (calls.isEmpty()) {
            throw new Refused("invalid message content type: " + content.word());
        }
        for (Body call : calls) {
            parts.add(call(call));
        }
        if (role.equals("tool")) {
            Text text = new Turn(Turn.Role.TOOL, parts).lines();
            out.add(
                    Turn.Role.TOOL,
                    List.of(new Turn.Result(message.text("tool_call_id"), message.text("name"), text, false)));
            return;
        }
        out.add(role(role), parts);
    }

    static Turn.Role role(String name) throws Refused {
        return switch (name) {
            case "system", "developer" -> Turn.Role.SYSTEM;
            case "user" -> Turn.Role.USER;
            case "assistant" -> Turn.Role.ASSISTANT;
            default -> throw new Refused("invalid role: " + name);
        };
    }

    private static Turn.Part part(Body part) throws Refused {
        return switch (part.text("type")) {
            case "text" -> new Turn.Words(part.words("text"));
            case "image_url" -> {
                Body within = part.kind("image_url") == Body.Kind.OBJECT ? part.object("image_url", "") : null;
                yield Pictures.ofUrl(within == null ? textOrNone(part, "image_url") : textOrNone(within, "url"));
            }
            case "refusal" -> new Turn.Words(part.words("refusal"));
            default -> throw new Refused("invalid message format");
        };
    }

    private static Text textOrNone(Body from, String name) throws Refused {
        return from.kind(name) == Body.Kind.STRING ? from.words(name) : Text.EMPTY;
    }

    private static Turn.Call call(Body call) throws Refused {
        Body function = call.object("function", "openai.Function");
        if (function == null) {
            throw new Refused("invalid tool call arguments");
        }
        RawJson arguments = arguments(function);
        if (arguments == null) {
            throw new Refused("invalid tool call arguments");
        }
        JsonNode signature = call.any("extra_content").path("google").path("thought_signature");
        return new Turn.Call(
                call.text("id"),
                function.text("name"),
                arguments,
                signature.isString() ? Text.of(signature.asString()) : null);
    }

    /** Arguments that are the text of an object; null when they are another text. */
    static @Nullable RawJson arguments(Body function) throws Refused {
        byte[] text = function.words("arguments").utf8();
        if (JsonCheck.check(text, 0, text.length) == JsonCheck.Finding.EMPTY) {
            return RawJson.NOTHING;
        }
        RawJson arguments = new RawJson(text, 0, text.length);
        return arguments.isObject() ? arguments : null;
    }

    static ToolChoice choice(JsonNode given) throws Refused {
        if (given.isObject()) {
            String name = given.path("function")
                    .path("name")
                    .asString(given.path("name").asString(""));
            if (name.isEmpty()) {
                throw new Refused("tool_choice of this type is not known here");
            }
            return ToolChoice.named(name);
        }
        return switch (given.asString("auto")) {
            case "auto" -> ToolChoice.AUTO;
            case "none" -> ToolChoice.of(ToolChoice.Kind.NONE);
            case "required", "any" -> ToolChoice.of(ToolChoice.Kind.REQUIRED);
            default -> throw new Refused("invalid tool_choice: " + given.asString(""));
        };
    }

    private static @Nullable Shape shape(@Nullable Body format) throws Refused {
        if (format == null) {
            return null;
        }
        return switch (format.text("type")) {
            case "json_object" -> Shape.ANY_JSON;
            case "json_schema" -> {
                Body named = format.object("json_schema", "openai.JsonSchema");
                if (named == null || named.kind("schema") != Body.Kind.OBJECT) {
                    throw new Refused("response_format json_schema has no schema");
                }
                String name = named.text("name");
                yield new Shape(OpenAiTools.compact(named, "schema"), name.isEmpty() ? "answer" : name);
            }
            default -> null;
        };
    }

    private static Options options(Body body) throws Refused {
        Options.Draft draft = new Options.Draft();
        Double limit = body.number("max_tokens", "int");
        draft.limit(limit == null ? body.number("max_completion_tokens", "int") : limit);
        draft.logprobs(OpenAiTools.logprobs(body));
        draft.set(Setting.TEMPERATURE, body.number("temperature", "float64"));
        draft.set(Setting.TOP_P, body.number("top_p", "float64"));
        draft.set(Setting.SEED, body.number("seed", "int"));
        draft.set(Setting.PRESENCE_PENALTY, body.number("presence_penalty", "float64"));
        draft.set(Setting.FREQUENCY_PENALTY, body.number("frequency_penalty", "float64"));
        return draft.stop(body.strings("stop")).done();
    }

    private static Effort effort(Body body) throws Refused {
        Body reasoning = body.object("reasoning", "openai.Reasoning");
        return effort(reasoning == null ? body.text("reasoning_effort") : reasoning.text("effort"));
    }

    static Effort effort(String word) throws Refused {
        return switch (word) {
            case "" -> Effort.UNSET;
            case "none" -> Effort.OFF;
            case "minimal", "low" -> Effort.LOW;
            case "medium" -> Effort.MEDIUM;
            case "high", "xhigh" -> Effort.HIGH;
            default ->
                throw new Refused(
                        "invalid reasoning value: '" + word + "' (must be \"high\", \"medium\", \"low\", or \"none\")");
        };
    }
}
