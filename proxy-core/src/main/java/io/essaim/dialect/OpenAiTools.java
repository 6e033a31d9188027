package io.essaim.dialect;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What OpenAI's chat completions and Ollama's chat write alike: functions and the wish for logprobs. */
final class OpenAiTools {
    private OpenAiTools() {}

    static List<Tool> read(List<Body> given) throws Refused {
        List<Tool> tools = new ArrayList<>(given.size());
        for (Body tool : given) {
            Body function = tool.object("function", "api.ToolFunction");
            if (function == null) {
                throw new Refused("a tool of type '" + tool.text("type") + "' is not known here, only functions are");
            }
            tools.add(
                    new Tool(function.text("name"), function.text("description"), schema(function.any("parameters"))));
        }
        return tools;
    }

    static JsonNode schema(JsonNode given) {
        return given.isObject() ? given : JsonNodeFactory.instance.objectNode();
    }

    static void write(List<Tool> tools, ObjectNode out) {
        if (tools.isEmpty()) {
            return;
        }
        ArrayNode list = out.putArray("tools");
        for (Tool tool : tools) {
            ObjectNode function = list.addObject().put("type", "function").putObject("function");
            function.put("name", tool.name());
            if (!tool.description().isEmpty()) {
                function.put("description", tool.description());
            }
            function.set("parameters", parameters(tool));
        }
    }

    /** Some servers want a type even where a function takes nothing. */
    static JsonNode parameters(Tool tool) {
        if (!tool.parameters().isEmpty()) {
            return tool.parameters();
        }
        ObjectNode nothing = JsonNodeFactory.instance.objectNode().put("type", "object");
        nothing.putObject("properties");
        return nothing;
    }

    /** How many alternatives are wanted for each token; null for no logprobs. */
    static @Nullable Integer logprobs(Body body) throws Refused {
        Double top = body.number("top_logprobs", "int");
        if (top != null && (top < 0 || top > 20)) {
            throw new Refused("top_logprobs must be between 0 and 20");
        }
        return body.flag("logprobs", false) ? Integer.valueOf(top == null ? 0 : top.intValue()) : null;
    }
}
