package io.essaim.dialect;

import io.essaim.dialect.NeutralRequest.Delivery;
import io.essaim.dialect.NeutralRequest.Effort;
import io.essaim.dialect.SamplingOptions.Setting;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads {@code /v1/chat/completions}: what Ollama 0.15.2 reads (openai/openai.go), and of the rest what others understand. */
final class OpenAiRequests {
    private OpenAiRequests() {}

    static NeutralRequest read(byte[] json) throws InvalidRequest {
        if (json.length == 0) {
            throw new InvalidRequest("EOF");
        }
        GoJsonObject body = GoJsonObject.of(json, "openai.ChatCompletionRequest");
        GoJsonObject.Items messages = body.objects("messages", "[]openai.Message");
        if (messages.isEmpty()) {
            throw new InvalidRequest("[] is too short - 'messages'");
        }
        String model = body.text("model");
        if (model.isEmpty()) {
            throw new InvalidRequest("model is required");
        }
        ChatMessages turns = ChatMessages.read(List.of(), messages, (message, place, out) -> turn(message, out));
        GoJsonObject streaming = body.object("stream_options", "openai.StreamOptions");
        boolean usage = streaming != null && streaming.flag("include_usage", false);
        return new NeutralRequest(
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

    private static List<String> beyond(GoJsonObject body) throws InvalidRequest {
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

    private static void turn(GoJsonObject message, ChatMessages.Turns out) throws InvalidRequest {
        String role = message.text("role");
        GoJsonObject.Kind content = message.kind("content");
        GoJsonObject.Items calls = message.objects("tool_calls", "[]openai.ToolCall");
        List<ChatMessage.Part> parts = new ArrayList<>();
        JsonText thoughts = message.words(message.has("reasoning_content") ? "reasoning_content" : "reasoning");
        if (!thoughts.isEmpty()) {
            parts.add(new ChatMessage.Thoughts(thoughts, null));
        }
        if (content == GoJsonObject.Kind.STRING) {
            JsonText words = message.words("content");
            if (!words.isEmpty()) {
                parts.add(new ChatMessage.Words(words));
            }
        } else if (content == GoJsonObject.Kind.LIST) {
            for (GoJsonObject part : message.objects("content", "[]interface {}")) {
                parts.add(part(part));
            }
        } else if (calls.isEmpty()) {
            throw new InvalidRequest("invalid message content type: " + content.word());
        }
        for (GoJsonObject call : calls) {
            parts.add(call(call));
        }
        if (role.equals("tool")) {
            JsonText text = new ChatMessage(ChatMessage.Role.TOOL, parts).lines();
            out.add(
                    ChatMessage.Role.TOOL,
                    List.of(new ChatMessage.Result(message.text("tool_call_id"), message.text("name"), text, false)));
            return;
        }
        out.add(role(role), parts);
    }

    static ChatMessage.Role role(String name) throws InvalidRequest {
        return switch (name) {
            case "system", "developer" -> ChatMessage.Role.SYSTEM;
            case "user" -> ChatMessage.Role.USER;
            case "assistant" -> ChatMessage.Role.ASSISTANT;
            default -> throw new InvalidRequest("invalid role: " + name);
        };
    }

    private static ChatMessage.Part part(GoJsonObject part) throws InvalidRequest {
        return switch (part.text("type")) {
            case "text" -> new ChatMessage.Words(part.words("text"));
            case "image_url" -> {
                GoJsonObject within =
                        part.kind("image_url") == GoJsonObject.Kind.OBJECT ? part.object("image_url", "") : null;
                yield Images.ofUrl(within == null ? textOrNone(part, "image_url") : textOrNone(within, "url"));
            }
            case "refusal" -> new ChatMessage.Words(part.words("refusal"));
            default -> throw new InvalidRequest("invalid message format");
        };
    }

    private static JsonText textOrNone(GoJsonObject from, String name) throws InvalidRequest {
        return from.kind(name) == GoJsonObject.Kind.STRING ? from.words(name) : JsonText.EMPTY;
    }

    private static ChatMessage.Call call(GoJsonObject call) throws InvalidRequest {
        GoJsonObject function = call.object("function", "openai.Function");
        if (function == null) {
            throw new InvalidRequest("invalid tool call arguments");
        }
        RawJson arguments = arguments(function);
        if (arguments == null) {
            throw new InvalidRequest("invalid tool call arguments");
        }
        JsonNode signature = call.any("extra_content").path("google").path("thought_signature");
        return new ChatMessage.Call(
                call.text("id"),
                function.text("name"),
                arguments,
                signature.isString() ? JsonText.of(signature.asString()) : null);
    }

    /** Arguments that are the text of an object; null when they are another text. */
    static @Nullable RawJson arguments(GoJsonObject function) throws InvalidRequest {
        byte[] text = function.words("arguments").utf8();
        if (JsonCheck.check(text, 0, text.length) == JsonCheck.Finding.EMPTY) {
            return RawJson.NOTHING;
        }
        RawJson arguments = new RawJson(text, 0, text.length);
        return arguments.isObject() ? arguments : null;
    }

    static ToolChoice choice(JsonNode given) throws InvalidRequest {
        if (given.isObject()) {
            String name = given.path("function")
                    .path("name")
                    .asString(given.path("name").asString(""));
            if (name.isEmpty()) {
                throw new InvalidRequest("tool_choice of this type is not known here");
            }
            return ToolChoice.named(name);
        }
        return switch (given.asString("auto")) {
            case "auto" -> ToolChoice.AUTO;
            case "none" -> ToolChoice.of(ToolChoice.Kind.NONE);
            case "required", "any" -> ToolChoice.of(ToolChoice.Kind.REQUIRED);
            default -> throw new InvalidRequest("invalid tool_choice: " + given.asString(""));
        };
    }

    private static @Nullable OutputFormat shape(@Nullable GoJsonObject format) throws InvalidRequest {
        if (format == null) {
            return null;
        }
        return switch (format.text("type")) {
            case "json_object" -> OutputFormat.ANY_JSON;
            case "json_schema" -> {
                GoJsonObject named = format.object("json_schema", "openai.JsonSchema");
                if (named == null || named.kind("schema") != GoJsonObject.Kind.OBJECT) {
                    throw new InvalidRequest("response_format json_schema has no schema");
                }
                String name = named.text("name");
                yield new OutputFormat(OpenAiTools.compact(named, "schema"), name.isEmpty() ? "answer" : name);
            }
            default -> null;
        };
    }

    private static SamplingOptions options(GoJsonObject body) throws InvalidRequest {
        SamplingOptions.Draft draft = new SamplingOptions.Draft();
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

    private static Effort effort(GoJsonObject body) throws InvalidRequest {
        GoJsonObject reasoning = body.object("reasoning", "openai.Reasoning");
        return effort(reasoning == null ? body.text("reasoning_effort") : reasoning.text("effort"));
    }

    static Effort effort(String word) throws InvalidRequest {
        return switch (word) {
            case "" -> Effort.UNSET;
            case "none" -> Effort.OFF;
            case "minimal", "low" -> Effort.LOW;
            case "medium" -> Effort.MEDIUM;
            case "high", "xhigh" -> Effort.HIGH;
            default ->
                throw new InvalidRequest(
                        "invalid reasoning value: '" + word + "' (must be \"high\", \"medium\", \"low\", or \"none\")");
        };
    }
}
