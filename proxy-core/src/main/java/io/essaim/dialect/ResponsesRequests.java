package io.essaim.dialect;

import io.essaim.dialect.Asked.Delivery;
import io.essaim.dialect.Asked.Effort;
import io.essaim.dialect.Options.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads {@code /v1/responses} (openai/responses.go of Ollama 0.15.2). Nothing is stored, so what refers to earlier responses
 * is beyond it; tools that OpenAI runs itself are passed over when the model need not call them, as Ollama does.
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
        List<Turn> turns = new ArrayList<>();
        String instructions = body.text("instructions");
        if (!instructions.isEmpty()) {
            turns.add(Turn.words(Turn.Role.SYSTEM, instructions));
        }
        input(body, turns);
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

    private static void input(Body body, List<Turn> turns) throws Refused {
        JsonNode input = body.any("input");
        if (input.isString()) {
            turns.add(Turn.words(Turn.Role.USER, input.asString()));
            return;
        }
        int place = 0;
        for (Body item : body.objects("input", "[]openai.ResponsesInputItem")) {
            item(item, "input[" + place++ + "]: ", turns);
        }
    }

    private static void item(Body item, String where, List<Turn> turns) throws Refused {
        String type = item.text("type");
        switch (type) {
            case "", "message" -> {
                List<Turn.Part> parts = new ArrayList<>();
                content(item, where, parts);
                add(OpenAiRequests.role(item.text("role")), parts, turns);
            }
            case "function_call" -> {
                String arguments = item.text("arguments");
                if (!ArgumentsText.write(arguments, new Bytes())) {
                    throw new Refused(where + "invalid tool call arguments");
                }
                String text = arguments.isBlank() ? "{}" : arguments;
                add(
                        Turn.Role.ASSISTANT,
                        List.of(new Turn.Call(item.text("call_id"), item.text("name"), text, null)),
                        turns);
            }
            case "function_call_output" -> {
                List<Turn.Part> said = new ArrayList<>();
                JsonNode output = item.any("output");
                if (output.isArray()) {
                    parts(item, "output", where, said);
                }
                String text = output.isString() ? output.asString() : new Turn(Turn.Role.TOOL, said).text("\n");
                turns.add(new Turn(Turn.Role.TOOL, List.of(new Turn.Result(item.text("call_id"), "", text, false))));
            }
            case "reasoning" -> {
                StringBuilder thoughts = new StringBuilder();
                for (Body piece : item.objects("summary", "[]openai.ResponsesReasoningSummary")) {
                    thoughts.append(piece.text("text"));
                }
                add(Turn.Role.ASSISTANT, List.of(new Turn.Thoughts(thoughts.toString(), null)), turns);
            }
            case "web_search_call" -> {}
            default -> throw new Refused(where + "unknown input item type: " + type);
        }
    }

    /** Items of the assistant in a row are one turn: thoughts, words and calls are items of their own there. */
    private static void add(Turn.Role role, List<Turn.Part> parts, List<Turn> turns) {
        Turn last = turns.isEmpty() ? null : turns.get(turns.size() - 1);
        if (last == null || role != Turn.Role.ASSISTANT || last.role() != role) {
            turns.add(new Turn(role, parts));
            return;
        }
        List<Turn.Part> both = new ArrayList<>(last.parts());
        both.addAll(parts);
        turns.set(turns.size() - 1, new Turn(role, both));
    }

    private static void content(Body item, String where, List<Turn.Part> parts) throws Refused {
        JsonNode content = item.any("content");
        if (content.isString()) {
            parts.add(new Turn.Words(content.asString()));
        } else {
            parts(item, "content", where, parts);
        }
    }

    private static void parts(Body item, String field, String where, List<Turn.Part> parts) throws Refused {
        int place = 0;
        for (Body part : item.objects(field, "[]openai.ResponsesContent")) {
            String type = part.text("type");
            switch (type) {
                case "input_text", "output_text", "text" -> parts.add(new Turn.Words(part.text("text")));
                case "refusal" -> parts.add(new Turn.Words(part.text("refusal")));
                case "input_image" -> parts.add(Pictures.ofUrl(part.text("image_url")));
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
                JsonNode schema = OpenAiTools.schema(tool.any("parameters"));
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
                if (!format.any("schema").isObject()) {
                    throw new Refused("text.format json_schema has no schema");
                }
                String name = format.text("name");
                yield new Shape(format.any("schema"), name.isEmpty() ? "answer" : name);
            }
            default -> null;
        };
    }
}
