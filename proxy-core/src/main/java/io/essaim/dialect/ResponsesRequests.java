package io.essaim.dialect;

import io.essaim.dialect.NeutralRequest.Delivery;
import io.essaim.dialect.NeutralRequest.Effort;
import io.essaim.dialect.SamplingOptions.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code /v1/responses} (openai/responses.go of Ollama 0.15.2). Nothing is stored, so what refers to earlier responses
 * is beyond it; tools that OpenAI runs itself are passed over when the model need not call them, as Ollama does. Items of the
 * assistant in a row are one turn: thoughts, words and calls are items of their own there.
 */
final class ResponsesRequests {
    private static final Set<String> OWN_TOOLS = Set.of("web_search", "web_search_preview", "namespace", "local_shell");

    private ResponsesRequests() {}

    static NeutralRequest read(byte[] json) throws InvalidRequest {
        if (json.length == 0) {
            throw new InvalidRequest("EOF");
        }
        GoJsonObject body = GoJsonObject.of(json, "openai.ResponsesRequest");
        String model = body.text("model");
        if (model.isEmpty()) {
            throw new InvalidRequest("model is required");
        }
        ChatMessages turns = input(body);
        SamplingOptions.Draft options = new SamplingOptions.Draft().limit(body.number("max_output_tokens", "int"));
        options.set(Setting.TEMPERATURE, body.number("temperature", "float64"));
        options.set(Setting.TOP_P, body.number("top_p", "float64"));
        GoJsonObject reasoning = body.object("reasoning", "openai.ResponsesReasoning");
        Effort effort = reasoning == null ? Effort.UNSET : OpenAiRequests.effort(reasoning.text("effort"));
        List<String> beyond = new ArrayList<>();
        for (String field : List.of("previous_response_id", "conversation", "prompt", "background")) {
            if (body.says(field)) {
                beyond.add(field);
            }
        }
        return new NeutralRequest(
                model,
                turns,
                tools(body, beyond),
                OpenAiRequests.choice(body.any("tool_choice")),
                shape(body),
                options.done(),
                effort,
                Delivery.of(body.flag("stream", false), true),
                beyond);
    }

    private static ChatMessages input(GoJsonObject body) throws InvalidRequest {
        List<ChatMessage> first = new ArrayList<>();
        JsonText instructions = body.words("instructions");
        if (!instructions.isEmpty()) {
            first.add(new ChatMessage(ChatMessage.Role.SYSTEM, List.of(new ChatMessage.Words(instructions))));
        }
        if (body.kind("input") == GoJsonObject.Kind.STRING) {
            first.add(new ChatMessage(ChatMessage.Role.USER, List.of(new ChatMessage.Words(body.words("input")))));
            return ChatMessages.of(first);
        }
        return ChatMessages.read(
                first,
                body.objects("input", "[]openai.ResponsesInputItem"),
                (item, place, out) -> item(item, "input[" + place + "]: ", out));
    }

    private static void item(GoJsonObject item, String where, ChatMessages.Turns turns) throws InvalidRequest {
        String type = item.text("type");
        switch (type) {
            case "", "message" -> {
                List<ChatMessage.Part> parts = new ArrayList<>();
                content(item, where, parts);
                turns.goOn(OpenAiRequests.role(item.text("role")), parts);
            }
            case "function_call" -> {
                RawJson arguments = OpenAiRequests.arguments(item);
                if (arguments == null) {
                    throw new InvalidRequest(where + "invalid tool call arguments");
                }
                turns.goOn(
                        ChatMessage.Role.ASSISTANT,
                        List.of(new ChatMessage.Call(item.text("call_id"), item.text("name"), arguments, null)));
            }
            case "function_call_output" -> turns.add(ChatMessage.Role.TOOL, List.of(result(item, where)));
            case "reasoning" -> {
                List<JsonText> thoughts = new ArrayList<>();
                for (GoJsonObject piece : item.objects("summary", "[]openai.ResponsesReasoningSummary")) {
                    thoughts.add(piece.words("text"));
                }
                turns.goOn(
                        ChatMessage.Role.ASSISTANT,
                        List.of(new ChatMessage.Thoughts(JsonText.joined(thoughts, ""), null)));
            }
            case "web_search_call" -> {}
            default -> throw new InvalidRequest(where + "unknown input item type: " + type);
        }
    }

    private static ChatMessage.Result result(GoJsonObject item, String where) throws InvalidRequest {
        List<ChatMessage.Part> said = new ArrayList<>();
        GoJsonObject.Kind output = item.kind("output");
        if (output == GoJsonObject.Kind.LIST) {
            parts(item, "output", where, said);
        }
        JsonText text = output == GoJsonObject.Kind.STRING
                ? item.words("output")
                : new ChatMessage(ChatMessage.Role.TOOL, said).lines();
        return new ChatMessage.Result(item.text("call_id"), "", text, false);
    }

    private static void content(GoJsonObject item, String where, List<ChatMessage.Part> parts) throws InvalidRequest {
        if (item.kind("content") == GoJsonObject.Kind.STRING) {
            parts.add(new ChatMessage.Words(item.words("content")));
        } else {
            parts(item, "content", where, parts);
        }
    }

    private static void parts(GoJsonObject item, String field, String where, List<ChatMessage.Part> parts)
            throws InvalidRequest {
        int place = 0;
        for (GoJsonObject part : item.objects(field, "[]openai.ResponsesContent")) {
            String type = part.text("type");
            switch (type) {
                case "input_text", "output_text", "text" -> parts.add(new ChatMessage.Words(part.words("text")));
                case "refusal" -> parts.add(new ChatMessage.Words(part.words("refusal")));
                case "input_image" -> parts.add(Images.ofUrl(part.words("image_url")));
                default -> throw new InvalidRequest(where + field + "[" + place + "]: unknown content type: " + type);
            }
            place++;
        }
    }

    private static List<Tool> tools(GoJsonObject body, List<String> beyond) throws InvalidRequest {
        List<Tool> tools = new ArrayList<>();
        for (GoJsonObject tool : body.objects("tools", "[]openai.ResponsesTool")) {
            String type = tool.text("type");
            if (type.equals("function")) {
                RawJson schema = OpenAiTools.compact(tool, "parameters");
                tools.add(new Tool(tool.text("name"), tool.text("description"), schema));
            } else if (!OWN_TOOLS.contains(type)) {
                beyond.add("tools." + type);
            }
        }
        return tools;
    }

    private static @Nullable OutputFormat shape(GoJsonObject body) throws InvalidRequest {
        GoJsonObject text = body.object("text", "openai.ResponsesText");
        GoJsonObject format = text == null ? null : text.object("format", "openai.ResponsesTextFormat");
        if (format == null) {
            return null;
        }
        return switch (format.text("type")) {
            case "json_object" -> OutputFormat.ANY_JSON;
            case "json_schema" -> {
                if (format.kind("schema") != GoJsonObject.Kind.OBJECT) {
                    throw new InvalidRequest("text.format json_schema has no schema");
                }
                String name = format.text("name");
                yield new OutputFormat(OpenAiTools.compact(format, "schema"), name.isEmpty() ? "answer" : name);
            }
            default -> null;
        };
    }
}
