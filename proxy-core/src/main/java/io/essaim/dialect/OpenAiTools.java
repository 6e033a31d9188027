package io.essaim.dialect;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What OpenAI's chat completions and Ollama's chat write alike: functions and the wish for logprobs. */
final class OpenAiTools {
    private static final RawJson NO_PARAMETERS = RawJson.of("{\"type\":\"object\",\"properties\":{}}");

    private OpenAiTools() {}

    static List<Tool> read(GoJsonObject.Items given) throws InvalidRequest {
        List<Tool> tools = new ArrayList<>(given.size());
        for (GoJsonObject tool : given) {
            GoJsonObject function = tool.object("function", "api.ToolFunction");
            if (function == null) {
                throw new InvalidRequest(
                        "a tool of type '" + tool.text("type") + "' is not known here, only functions are");
            }
            tools.add(new Tool(function.text("name"), function.text("description"), compact(function, "parameters")));
        }
        return tools;
    }

    /** A copy of an object that stands in a body; one without members when there is none. */
    static RawJson compact(GoJsonObject body, String name) {
        RawJson given = body.kind(name) == GoJsonObject.Kind.OBJECT ? body.raw(name) : null;
        return given == null ? RawJson.NOTHING : given.compact();
    }

    static void write(List<Tool> tools, JsonWriter out) {
        if (tools.isEmpty()) {
            return;
        }
        out.key("tools").list();
        for (Tool tool : tools) {
            out.object().put("type", "function").key("function").object();
            out.put("name", tool.name());
            if (!tool.description().isEmpty()) {
                out.put("description", tool.description());
            }
            out.put("parameters", parameters(tool)).endObject().endObject();
        }
        out.endList();
    }

    /** Some servers want a type even where a function takes nothing. */
    static RawJson parameters(Tool tool) {
        return tool.parameters().isEmptyObject() ? NO_PARAMETERS : tool.parameters();
    }

    /** How many alternatives are wanted for each token; null for no logprobs. */
    static @Nullable Integer logprobs(GoJsonObject body) throws InvalidRequest {
        Double top = body.number("top_logprobs", "int");
        if (top != null && (top < 0 || top > 20)) {
            throw new InvalidRequest("top_logprobs must be between 0 and 20");
        }
        return body.flag("logprobs", false) ? Integer.valueOf(top == null ? 0 : top.intValue()) : null;
    }
}
