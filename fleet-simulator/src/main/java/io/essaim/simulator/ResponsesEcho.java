package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import io.essaim.simulator.json.JsonNumber;
import io.essaim.simulator.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parts of a response object that repeat its request. */
final class ResponsesEcho {
    private ResponsesEcho() {}

    static Map<String, @Nullable Object> settings(JsonObject request) {
        return GoJson.object(
                "tools",
                tools(request),
                "tool_choice",
                "auto",
                "truncation",
                request.string("truncation").isEmpty() ? "disabled" : request.string("truncation"),
                "parallel_tool_calls",
                true,
                "text",
                text(request),
                "top_p",
                orOne(request.get("top_p")),
                "presence_penalty",
                0,
                "frequency_penalty",
                0,
                "top_logprobs",
                0,
                "temperature",
                orOne(request.get("temperature")),
                "reasoning",
                reasoning(request));
    }

    private static Object orOne(@Nullable Object value) {
        return value instanceof JsonNumber number ? number : 1;
    }

    private static List<Object> tools(JsonObject request) {
        List<Object> tools = new ArrayList<>();
        for (Object each : request.array("tools")) {
            if (each instanceof JsonObject tool) {
                tools.add(GoJson.object(
                        "type", tool.string("type"),
                        "name", tool.string("name"),
                        "description", tool.get("description"),
                        "strict", tool.get("strict"),
                        "parameters", GoJson.sorted(tool.get("parameters"))));
            }
        }
        return tools;
    }

    private static Object text(JsonObject request) {
        JsonObject text = request.object("text");
        JsonObject format = text == null ? null : text.object("format");
        if (format == null) {
            return GoJson.object("format", GoJson.object("type", "text"));
        }
        Map<String, @Nullable Object> echo = GoJson.object("type", format.string("type"));
        for (String key : List.of("name", "schema", "strict")) {
            if (format.get(key) != null) {
                echo.put(key, format.get(key));
            }
        }
        return GoJson.object("format", echo);
    }

    private static @Nullable Object reasoning(JsonObject request) {
        JsonObject reasoning = request.object("reasoning");
        return reasoning == null
                ? null
                : GoJson.object("effort", reasoning.get("effort"), "summary", reasoning.get("summary"));
    }

    static Map<String, @Nullable Object> ending(@Nullable Counters counters, @Nullable Object maxOutputTokens) {
        return GoJson.object(
                "usage",
                counters == null ? null : usage(counters),
                "max_output_tokens",
                maxOutputTokens,
                "max_tool_calls",
                null,
                "store",
                false,
                "background",
                false,
                "service_tier",
                "default",
                "metadata",
                GoJson.object(),
                "safety_identifier",
                null,
                "prompt_cache_key",
                null);
    }

    private static Object usage(Counters counters) {
        return GoJson.object(
                "input_tokens", counters.promptTokens(),
                "output_tokens", counters.evalTokens(),
                "total_tokens", counters.promptTokens() + counters.evalTokens(),
                "input_tokens_details", GoJson.object("cached_tokens", 0),
                "output_tokens_details", GoJson.object("reasoning_tokens", 0));
    }
}
