package io.essaim.dialect;

import io.essaim.dialect.Asked.Delivery;
import io.essaim.dialect.Asked.Effort;
import io.essaim.dialect.Options.Setting;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads {@code /v1/messages} (anthropic/anthropic.go of Ollama 0.15.2 for the refusals). Results of tools, which stand in a
 * user's message there, become a turn of their own before the rest of it.
 */
final class AnthropicRequests {
    private AnthropicRequests() {}

    static Asked read(byte[] json) throws Refused {
        if (json.length == 0) {
            throw new Refused("EOF");
        }
        Body body = Body.of(json, "anthropic.MessagesRequest");
        String model = body.text("model");
        if (model.isEmpty()) {
            throw new Refused("model is required");
        }
        Double limit = body.number("max_tokens", "int");
        if (limit == null || limit <= 0) {
            throw new Refused("max_tokens is required and must be positive");
        }
        Body.Items messages = body.objects("messages", "[]anthropic.MessageParam");
        if (messages.isEmpty()) {
            throw new Refused("messages is required");
        }
        List<Turn> first = new ArrayList<>();
        List<Turn.Part> system = new ArrayList<>();
        content(body, "system", system);
        if (!system.isEmpty()) {
            first.add(new Turn(Turn.Role.SYSTEM, system));
        }
        Conversation turns = Conversation.read(first, messages, (message, place, out) -> turns(message, out));
        List<String> beyond = new ArrayList<>();
        return new Asked(
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

    private static Options options(Body body, double limit) throws Refused {
        Options.Draft options = new Options.Draft().limit(limit).stop(body.strings("stop_sequences"));
        options.set(Setting.TEMPERATURE, body.number("temperature", "float64"));
        options.set(Setting.TOP_P, body.number("top_p", "float64"));
        options.set(Setting.TOP_K, body.number("top_k", "int"));
        return options.done();
    }

    private static void turns(Body message, Conversation.Turns turns) throws Refused {
        List<Turn.Part> parts = new ArrayList<>();
        content(message, "content", parts);
        List<Turn.Part> results =
                parts.stream().filter(Turn.Result.class::isInstance).toList();
        parts.removeIf(Turn.Result.class::isInstance);
        if (!results.isEmpty()) {
            turns.add(Turn.Role.TOOL, results);
        }
        if (!parts.isEmpty() || results.isEmpty()) {
            turns.add(OpenAiRequests.role(message.text("role")), parts);
        }
    }

    /** Text, or a list of blocks. */
    private static void content(Body from, String field, List<Turn.Part> parts) throws Refused {
        if (from.kind(field) == Body.Kind.STRING) {
            Text words = from.words(field);
            if (!words.isEmpty()) {
                parts.add(new Turn.Words(words));
            }
            return;
        }
        if (!from.holdsOnlyObjects(field)) {
            throw new Refused("invalid content block format");
        }
        for (Body block : from.objects(field, "[]anthropic.ContentBlock")) {
            block(block, parts);
        }
    }

    private static void block(Body block, List<Turn.Part> parts) throws Refused {
        switch (block.text("type")) {
            case "text" -> parts.add(new Turn.Words(block.words("text")));
            case "image" -> parts.add(picture(block));
            case "tool_use" -> {
                RawJson input = OpenAiTools.compact(block, "input");
                parts.add(new Turn.Call(block.text("id"), block.text("name"), input, null));
            }
            case "tool_result" -> {
                List<Turn.Part> said = new ArrayList<>();
                content(block, "content", said);
                Text text = new Turn(Turn.Role.TOOL, said).lines();
                parts.add(new Turn.Result(block.text("tool_use_id"), "", text, block.flag("is_error", false)));
                said.stream().filter(Turn.Picture.class::isInstance).forEach(parts::add);
            }
            case "thinking" -> {
                Text signature = block.words("signature");
                parts.add(new Turn.Thoughts(block.words("thinking"), signature.isEmpty() ? null : signature));
            }
            // Encrypted for the one that wrote it.
            case "redacted_thinking" -> {}
            default -> throw new Refused("content blocks of type '" + block.text("type") + "' are not known here");
        }
    }

    private static Turn.Picture picture(Body block) throws Refused {
        Body source = block.object("source", "anthropic.ImageSource");
        String type = source == null ? "" : source.text("type");
        if (source == null || !type.equals("base64")) {
            throw new Refused("invalid image source type: " + type + ". Only base64 images are supported.");
        }
        Turn.Picture read = Pictures.of(source.words("data"));
        String stated = source.text("media_type");
        return stated.isEmpty() ? read : new Turn.Picture(stated, read.base64());
    }

    private static List<Tool> tools(Body body, List<String> beyond) throws Refused {
        List<Tool> tools = new ArrayList<>();
        for (Body tool : body.objects("tools", "[]anthropic.Tool")) {
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

    private static ToolChoice choice(Body body) throws Refused {
        Body choice = body.object("tool_choice", "anthropic.ToolChoice");
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

    private static Effort effort(Body body) throws Refused {
        Body thinking = body.object("thinking", "anthropic.ThinkingConfig");
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
