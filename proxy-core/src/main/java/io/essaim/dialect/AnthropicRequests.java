package io.essaim.dialect;

import io.essaim.dialect.NeutralRequest.Delivery;
import io.essaim.dialect.NeutralRequest.Effort;
import io.essaim.dialect.SamplingOptions.Setting;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads {@code /v1/messages} (anthropic/anthropic.go of Ollama 0.15.2 for the refusals). Results of tools, which stand in a
 * user's message there, become a turn of their own before the rest of it.
 */
final class AnthropicRequests {
    private AnthropicRequests() {}

    static NeutralRequest read(byte[] json) throws InvalidRequest {
        if (json.length == 0) {
            throw new InvalidRequest("EOF");
        }
        GoJsonObject body = GoJsonObject.of(json, "anthropic.MessagesRequest");
        String model = body.text("model");
        if (model.isEmpty()) {
            throw new InvalidRequest("model is required");
        }
        Double limit = body.number("max_tokens", "int");
        if (limit == null || limit <= 0) {
            throw new InvalidRequest("max_tokens is required and must be positive");
        }
        GoJsonObject.Items messages = body.objects("messages", "[]anthropic.MessageParam");
        if (messages.isEmpty()) {
            throw new InvalidRequest("messages is required");
        }
        List<ChatMessage> first = new ArrayList<>();
        List<ChatMessage.Part> system = new ArrayList<>();
        content(body, "system", system);
        if (!system.isEmpty()) {
            first.add(new ChatMessage(ChatMessage.Role.SYSTEM, system));
        }
        ChatMessages turns = ChatMessages.read(first, messages, (message, place, out) -> turns(message, out));
        List<String> beyond = new ArrayList<>();
        return new NeutralRequest(
                model,
                turns,
                tools(body, beyond),
                choice(body),
                null,
                options(body, limit),
                effort(body),
                Delivery.of(body.flag("stream", false), true),
                beyond);
    }

    private static SamplingOptions options(GoJsonObject body, double limit) throws InvalidRequest {
        SamplingOptions.Draft options = new SamplingOptions.Draft().limit(limit).stop(body.strings("stop_sequences"));
        options.set(Setting.TEMPERATURE, body.number("temperature", "float64"));
        options.set(Setting.TOP_P, body.number("top_p", "float64"));
        options.set(Setting.TOP_K, body.number("top_k", "int"));
        return options.done();
    }

    private static void turns(GoJsonObject message, ChatMessages.Turns turns) throws InvalidRequest {
        List<ChatMessage.Part> parts = new ArrayList<>();
        content(message, "content", parts);
        List<ChatMessage.Part> results =
                parts.stream().filter(ChatMessage.Result.class::isInstance).toList();
        parts.removeIf(ChatMessage.Result.class::isInstance);
        if (!results.isEmpty()) {
            turns.add(ChatMessage.Role.TOOL, results);
        }
        if (!parts.isEmpty() || results.isEmpty()) {
            turns.add(OpenAiRequests.role(message.text("role")), parts);
        }
    }

    /** Text, or a list of blocks. */
    private static void content(GoJsonObject from, String field, List<ChatMessage.Part> parts) throws InvalidRequest {
        if (from.kind(field) == GoJsonObject.Kind.STRING) {
            JsonText words = from.words(field);
            if (!words.isEmpty()) {
                parts.add(new ChatMessage.Words(words));
            }
            return;
        }
        if (!from.holdsOnlyObjects(field)) {
            throw new InvalidRequest("invalid content block format");
        }
        for (GoJsonObject block : from.objects(field, "[]anthropic.ContentBlock")) {
            block(block, parts);
        }
    }

    private static void block(GoJsonObject block, List<ChatMessage.Part> parts) throws InvalidRequest {
        switch (block.text("type")) {
            case "text" -> parts.add(new ChatMessage.Words(block.words("text")));
            case "image" -> parts.add(picture(block));
            case "tool_use" -> {
                RawJson input = OpenAiTools.compact(block, "input");
                parts.add(new ChatMessage.Call(block.text("id"), block.text("name"), input, null));
            }
            case "tool_result" -> {
                List<ChatMessage.Part> said = new ArrayList<>();
                content(block, "content", said);
                JsonText text = new ChatMessage(ChatMessage.Role.TOOL, said).lines();
                parts.add(new ChatMessage.Result(block.text("tool_use_id"), "", text, block.flag("is_error", false)));
                said.stream().filter(ChatMessage.Picture.class::isInstance).forEach(parts::add);
            }
            case "thinking" -> {
                JsonText signature = block.words("signature");
                parts.add(new ChatMessage.Thoughts(block.words("thinking"), signature.isEmpty() ? null : signature));
            }
            // Encrypted for the one that wrote it.
            case "redacted_thinking" -> {}
            default ->
                throw new InvalidRequest("content blocks of type '" + block.text("type") + "' are not known here");
        }
    }

    private static ChatMessage.Picture picture(GoJsonObject block) throws InvalidRequest {
        GoJsonObject source = block.object("source", "anthropic.ImageSource");
        String type = source == null ? "" : source.text("type");
        if (source == null || !type.equals("base64")) {
            throw new InvalidRequest("invalid image source type: " + type + ". Only base64 images are supported.");
        }
        ChatMessage.Picture read = Images.of(source.words("data"));
        String stated = source.text("media_type");
        return stated.isEmpty() ? read : new ChatMessage.Picture(stated, read.base64());
    }

    private static List<Tool> tools(GoJsonObject body, List<String> beyond) throws InvalidRequest {
        List<Tool> tools = new ArrayList<>();
        for (GoJsonObject tool : body.objects("tools", "[]anthropic.Tool")) {
            if (tool.has("input_schema")) {
                RawJson schema = OpenAiTools.compact(tool, "input_schema");
                tools.add(new Tool(tool.text("name"), tool.text("description"), schema));
            } else {
                // A tool that the provider runs itself, such as its search.
                beyond.add("tools." + (tool.has("type") ? tool.text("type") : "input_schema"));
            }
        }
        return tools;
    }

    private static ToolChoice choice(GoJsonObject body) throws InvalidRequest {
        GoJsonObject choice = body.object("tool_choice", "anthropic.ToolChoice");
        if (choice == null) {
            return ToolChoice.AUTO;
        }
        return switch (choice.text("type")) {
            case "any" -> ToolChoice.of(ToolChoice.Kind.REQUIRED);
            case "none" -> ToolChoice.of(ToolChoice.Kind.NONE);
            case "tool" -> ToolChoice.named(choice.text("name"));
            default -> ToolChoice.AUTO;
        };
    }

    private static Effort effort(GoJsonObject body) throws InvalidRequest {
        GoJsonObject thinking = body.object("thinking", "anthropic.ThinkingConfig");
        if (thinking == null) {
            return Effort.UNSET;
        }
        return switch (thinking.text("type")) {
            case "enabled" -> {
                Double budget = thinking.number("budget_tokens", "int");
                yield budget == null ? Effort.ON : AnthropicRequestWriter.effort(budget);
            }
            case "disabled" -> Effort.OFF;
            // "adaptive" leaves it to the model.
            default -> Effort.UNSET;
        };
    }
}
