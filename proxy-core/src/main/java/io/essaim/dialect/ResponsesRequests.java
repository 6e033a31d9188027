package io.essaim.dialect;

import io.essaim.dialect.Asked.Delivery;
import io.essaim.dialect.Asked.Effort;
import io.essaim.dialect.Options.Setting;
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

    static Asked read(byte[] json) throws Refused {
        if (json.length == 0) {
            throw new Refused("EOF");
        }
        Body body = Body.of(json, "openai.ResponsesRequest");
        String model = body.text("model");
        if (model.isEmpty()) {
            throw new Refused("model is required");
        }
        Conversation turns = input(body);
        Options.Draft options = new Options.Draft().limit(body.number("max_output_tokens", "int"));
        options.set(Setting.TEMPERATURE, body.number("temperature", "float64"));
        options.set(Setting.TOP_P, body.number("top_p", "float64"));
        Body reasoning = body.object("reasoning", "openai.ResponsesReasoning");
        Effort effort = reasoning == null ? Effort.UNSET : OpenAiRequests.effort(reasoning.text("effort"));
        List<String> beyond = new ArrayList<>();
        for (String field : List.of("previous_response_id", "conversation", "prompt", "background")) {
            if (body.says(field)) {
                beyond.add(field);
            }
        }
        return new Asked(
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

    private static Conversation input(Body body) throws Refused {
        List<Turn> first = new ArrayList<>();
        Text instructions = body.words("instructions");
        if (!instructions.isEmpty()) {
            first.add(new Turn(Turn.Role.SYSTEM, List.of(new Turn.Words(instructions))));
        }
        if (body.kind("input") == Body.Kind.STRING) {
            first.add(new Turn(Turn.Role.USER, List.of(new Turn.Words(body.words("input")))));
            return Conversation.of(first);
        }
        return Conversation.read(
                first,
                body.objects("input", "[]openai.ResponsesInputItem"),
                (item, place, out) -> item(item, "input[" + place + "]: ", out));
    }

    private static void item(Body item, String where, Conversation.Turns turns) throws Refused {
        String type = item.text("type");
        switch (type) {
            case "", "message" -> {
                List<Turn.Part> parts = new ArrayList<>();
                content(item, where, parts);
                turns.goOn(OpenAiRequests.role(item.text("role")), parts);
            }
            case "function_call" -> {
                RawJson arguments = OpenAiRequests.arguments(item);
                if (arguments == null) {
                    throw new Refused(where + "invalid tool call arguments");
                }
                turns.goOn(
                        Turn.Role.ASSISTANT,
                        List.of(new Turn.Call(item.text("call_id"), item.text("name"), arguments, null)));
            }
            case "function_call_output" -> {
                List<Turn.Part> said = new ArrayList<>();
                Body.Kind output = item.kind("output");
                if (output == Body.Kind.LIST) {
                    parts(item, "output", where, said);
                }
                Text text = output == Body.Kind.STRING ? item.words("output") : new Turn(Turn.Role.TOOL, said).lines();
                turns.add(Turn.Role.TOOL, List.of(new Turn.Result(item.text("call_id"), "", text, false)));
            }
            case "reasoning" -> {
                List<Text> thoughts = new ArrayList<>();
                for (Body piece : item.objects("summary", "[]openai.ResponsesReasoningSummary")) {
                    thoughts.add(piece.words("text"));
                }
                turns.goOn(Turn.Role.ASSISTANT, List.of(new Turn.Thoughts(Text.joined(thoughts, ""), null)));
            }
            case "web_search_call" -> {}
            default -> throw new Refused(where + "unknown input item type: " + type);
        }
    }

    private static void content(Body item, String where, List<Turn.Part> parts) throws Refused {
        if (item.kind("content") == Body.Kind.STRING) {
            parts.add(new Turn.Words(item.words("content")));
        } else {
            parts(item, "content", where, parts);
        }
    }

    private static void parts(Body item, String field, String where, List<Turn.Part> parts) throws Refused {
        int place = 0;
        for (Body part : item.objects(field, "[]openai.ResponsesContent")) {
            String type = part.text("type");
            switch (type) {
                case "input_text", "output_text", "text" -> parts.add(new Turn.Words(part.words("text")));
                case "refusal" -> parts.add(new Turn.Words(part.words("refusal")));
                case "input_image" -> parts.add(Pictures.ofUrl(part.words("image_url")));
                default -> throw new Refused(where + field + "[" + place + "]: unknown content type: " + type);
            }
            place++;
        }
    }

    private static List<Tool> tools(Body body, List<String> beyond) throws Refused {
        List<Tool> tools = new ArrayList<>();
        for (Body tool : body.objects("tools", "[]openai.ResponsesTool")) {
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

    private static @Nullable Shape shape(Body body) throws Refused {
        Body text = body.object("text", "openai.ResponsesText");
        Body format = text == null ? null : text.object("format", "openai.ResponsesTextFormat");
        if (format == null) {
            return null;
        }
        return switch (format.text("type")) {
            case "json_object" -> Shape.ANY_JSON;
            case "json_schema" -> {
                if (format.kind("schema") != Body.Kind.OBJECT) {
                    throw new Refused("text.format json_schema has no schema");
                }
                String name = format.text("name");
                yield new Shape(OpenAiTools.compact(format, "schema"), name.isEmpty() ? "answer" : name);
            }
            default -> null;
        };
    }
}
