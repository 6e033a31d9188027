package io.essaim.dialect;

import io.essaim.dialect.Options.Setting;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes requests for Gemini's {@code generateContent}. All system prompts stand in front, turns of one side in a row become
 * one content. Thoughts of earlier turns are not sent: Gemini takes only their signatures, which stand at the calls.
 */
final class GeminiRequestWriter {
    private static final Map<Setting, String> NAMES = Map.of(
            Setting.TEMPERATURE, "temperature",
            Setting.TOP_P, "topP",
            Setting.TOP_K, "topK",
            Setting.SEED, "seed",
            Setting.LIMIT, "maxOutputTokens",
            Setting.PRESENCE_PENALTY, "presencePenalty",
            Setting.FREQUENCY_PENALTY, "frequencyPenalty");

    private final ObjectNode out = JsonNodeFactory.instance.objectNode();
    private final ArrayNode contents = out.putArray("contents");
    private String speaker = "";
    private ArrayNode parts = JsonNodeFactory.instance.arrayNode();

    private GeminiRequestWriter() {}

    static byte[] write(Asked asked, Capabilities can) throws Inexpressible {
        can.check(asked);
        return new GeminiRequestWriter().request(asked, can);
    }

    private byte[] request(Asked asked, Capabilities can) throws Inexpressible {
        ArrayNode system = JsonNodeFactory.instance.arrayNode();
        for (Turn turn : asked.turns()) {
            if (turn.role() == Turn.Role.SYSTEM) {
                turn.all(Turn.Words.class).forEach(words -> system.addObject().put("text", words.text()));
            } else {
                turn(turn);
            }
        }
        if (!system.isEmpty()) {
            out.putObject("systemInstruction").set("parts", system);
        }
        tools(asked);
        ObjectNode config = config(asked, can);
        if (!config.isEmpty()) {
            out.set("generationConfig", config);
        }
        return Body.MAPPER.writeValueAsBytes(out);
    }

    private void turn(Turn turn) throws Inexpressible {
        String role = turn.role() == Turn.Role.ASSISTANT ? "model" : "user";
        if (!role.equals(speaker)) {
            speaker = role;
            parts = contents.addObject().put("role", role).putArray("parts");
        }
        boolean first = true;
        for (Turn.Part part : turn.parts()) {
            if (part instanceof Turn.Words words) {
                parts.addObject().put("text", words.text());
            } else if (part instanceof Turn.Picture picture) {
                ObjectNode data = parts.addObject().putObject("inlineData");
                data.put("mimeType", picture.mediaType()).put("data", picture.base64());
            } else if (part instanceof Turn.Call call) {
                call(call, first);
                first = false;
            } else if (part instanceof Turn.Result result) {
                ObjectNode response = parts.addObject().putObject("functionResponse");
                response.put("name", result.name()).set("response", response(result));
            }
        }
    }

    private void call(Turn.Call call, boolean first) throws Inexpressible {
        ObjectNode part = parts.addObject();
        ObjectNode function = part.putObject("functionCall").put("name", call.name());
        try {
            function.set("args", Body.MAPPER.readTree(call.arguments()));
        } catch (JacksonException e) {
            throw new Inexpressible("tool_calls.function.arguments");
        }
        String signature = call.signature() == null && first ? OpenAiRequestWriter.NO_SIGNATURE : call.signature();
        if (signature != null) {
            part.put("thoughtSignature", signature);
        }
    }

    /** A response is an object there. */
    private static JsonNode response(Turn.Result result) {
        try {
            JsonNode said = Body.MAPPER.readTree(result.text());
            if (said.isObject() && !result.failed()) {
                return said;
            }
        } catch (JacksonException e) {
            // Most tools answer in plain text, which is wrapped below.
        }
        return JsonNodeFactory.instance.objectNode().put(result.failed() ? "error" : "result", result.text());
    }

    private void tools(Asked asked) {
        if (asked.tools().isEmpty()) {
            return;
        }
        ArrayNode functions = out.putArray("tools").addObject().putArray("functionDeclarations");
        for (Tool tool : asked.tools()) {
            ObjectNode one = functions.addObject().put("name", tool.name());
            if (!tool.description().isEmpty()) {
                one.put("description", tool.description());
            }
            if (!tool.parameters().isEmpty()) {
                one.set("parametersJsonSchema", tool.parameters());
            }
        }
        ToolChoice choice = asked.choice();
        if (choice.kind() != ToolChoice.Kind.AUTO) {
            ObjectNode config = out.putObject("toolConfig").putObject("functionCallingConfig");
            config.put("mode", choice.kind() == ToolChoice.Kind.NONE ? "NONE" : "ANY");
            if (choice.kind() == ToolChoice.Kind.NAMED) {
                config.putArray("allowedFunctionNames").add(choice.tool());
            }
        }
    }

    private static ObjectNode config(Asked asked, Capabilities can) {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        SettingWords.write(asked.options(), NAMES, can, config);
        List<String> stop = asked.options().stop();
        if (!stop.isEmpty()) {
            ArrayNode list = config.putArray("stopSequences");
            stop.forEach(list::add);
        }
        Shape shape = asked.shape();
        if (shape != null) {
            config.put("responseMimeType", "application/json");
            JsonNode schema = shape.schema();
            if (schema != null) {
                config.set("responseJsonSchema", schema);
            }
        }
        if (asked.effort().wanted()) {
            ObjectNode thinking = config.putObject("thinkingConfig").put("includeThoughts", true);
            switch (asked.effort()) {
                case LOW -> thinking.put("thinkingBudget", 1024);
                case MEDIUM -> thinking.put("thinkingBudget", 8192);
                case HIGH -> thinking.put("thinkingBudget", 24_576);
                default -> {}
            }
        }
        return config;
    }
}
