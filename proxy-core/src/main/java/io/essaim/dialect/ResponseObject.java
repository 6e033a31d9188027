package io.essaim.dialect;

import io.essaim.api.Json;
import io.essaim.dialect.Options.Setting;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The object that stands around an answer of {@code /v1/responses}: it repeats much of the request. Ollama 0.15.2 sorts its
 * members in streams and does not in whole answers; nobody depends on that, so they stand in the whole answer's order here.
 */
final class ResponseObject {
    /** What a response looks like at one moment. */
    enum State {
        IN_PROGRESS,
        COMPLETED,
        /** The limit of tokens was reached. */
        CUT,
        FILTERED
    }

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Asked asked;
    private final String id;
    private final long created;

    ResponseObject(Asked asked, String id, long created) {
        this.asked = asked;
        this.id = id;
        this.created = created;
    }

    /** Writes the object; {@code output} is the text of its items without brackets. */
    void write(State state, String output, StreamEvent.@Nullable Usage usage, long now, Bytes out) {
        out.ascii("{\"id\":\"")
                .ascii(id)
                .ascii("\",\"object\":\"response\",\"created_at\":")
                .number(created);
        out.ascii(",\"completed_at\":");
        if (state == State.IN_PROGRESS) {
            out.ascii("null");
        } else {
            out.number(now);
        }
        out.ascii(",\"status\":\"")
                .ascii(status(state))
                .ascii("\",\"incomplete_details\":")
                .ascii(details(state));
        out.ascii(",\"model\":").quote(asked.model());
        out.ascii(",\"previous_response_id\":null,\"instructions\":null,\"output\":[")
                .utf8(output);
        out.ascii("],\"error\":null,\"tools\":").utf8(json(tools()));
        out.ascii(
                ",\"tool_choice\":\"auto\",\"truncation\":\"disabled\",\"parallel_tool_calls\":true,\"text\":{\"format\":");
        out.utf8(json(format())).ascii("},\"top_p\":").ascii(number(Setting.TOP_P, "1"));
        out.ascii(",\"presence_penalty\":0,\"frequency_penalty\":0,\"top_logprobs\":0,\"temperature\":");
        out.ascii(number(Setting.TEMPERATURE, "1"))
                .ascii(",\"reasoning\":")
                .ascii(reasoning())
                .ascii(",\"usage\":");
        usage(usage, out);
        out.ascii(",\"max_output_tokens\":").ascii(number(Setting.LIMIT, "null"));
        out.ascii(",\"max_tool_calls\":null,\"store\":false,\"background\":false,\"service_tier\":\"default\",");
        out.ascii("\"metadata\":{},\"safety_identifier\":null,\"prompt_cache_key\":null}");
    }

    private static String status(State state) {
        return switch (state) {
            case IN_PROGRESS -> "in_progress";
            case COMPLETED -> "completed";
            // Ollama says "completed" here too, which hides from the client that the answer was cut.
            case CUT, FILTERED -> "incomplete";
        };
    }

    private static String details(State state) {
        return switch (state) {
            case IN_PROGRESS, COMPLETED -> "null";
            case CUT -> "{\"reason\":\"max_output_tokens\"}";
            case FILTERED -> "{\"reason\":\"content_filter\"}";
        };
    }

    private static void usage(StreamEvent.@Nullable Usage usage, Bytes out) {
        if (usage == null) {
            out.ascii("null");
            return;
        }
        out.ascii("{\"input_tokens\":").number(usage.prompt());
        out.ascii(",\"output_tokens\":").number(usage.completion());
        out.ascii(",\"total_tokens\":").number(usage.prompt() + usage.completion());
        out.ascii(
                ",\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens_details\":{\"reasoning_tokens\":0}}");
    }

    private ArrayNode tools() {
        ArrayNode list = NODES.arrayNode();
        for (Tool tool : asked.tools()) {
            ObjectNode one = list.addObject().put("type", "function").put("name", tool.name());
            one.put("description", tool.description()).putNull("strict");
            one.set("parameters", tool.parameters());
        }
        return list;
    }

    private ObjectNode format() {
        Shape shape = asked.shape();
        if (shape == null) {
            return NODES.objectNode().put("type", "text");
        }
        var schema = shape.schema();
        if (schema == null) {
            return NODES.objectNode().put("type", "json_object");
        }
        ObjectNode format = NODES.objectNode().put("type", "json_schema").put("name", shape.name());
        format.set("schema", schema);
        return format;
    }

    private String reasoning() {
        return switch (asked.effort()) {
            case LOW -> "{\"effort\":\"low\"}";
            case MEDIUM -> "{\"effort\":\"medium\"}";
            case HIGH -> "{\"effort\":\"high\"}";
            default -> "null";
        };
    }

    private String number(Setting option, String otherwise) {
        Double value = asked.options().get(option);
        if (value == null) {
            return otherwise;
        }
        return value == Math.rint(value) ? Long.toString(value.longValue()) : value.toString();
    }

    private static String json(tools.jackson.databind.JsonNode node) {
        StringBuilder text = new StringBuilder();
        Json.write(node, text);
        return text.toString();
    }
}
