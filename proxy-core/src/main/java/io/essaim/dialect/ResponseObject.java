package io.essaim.dialect;

import io.essaim.dialect.SamplingOptions.Setting;
import org.jspecify.annotations.Nullable;

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

    private final NeutralRequest asked;
    private final String id;
    private final long created;

    ResponseObject(NeutralRequest asked, String id, long created) {
        this.asked = asked;
        this.id = id;
        this.created = created;
    }

    /** Writes the object; {@code output} is the text of its items without brackets. */
    void write(State state, String output, StreamEvent.@Nullable Usage usage, long now, ByteBuilder out) {
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
        JsonWriter said = JsonWriter.growing();
        tools(said);
        out.ascii("],\"error\":null,\"tools\":").raw(said.array(), 0, said.length());
        out.ascii(
                ",\"tool_choice\":\"auto\",\"truncation\":\"disabled\",\"parallel_tool_calls\":true,\"text\":{\"format\":");
        said = JsonWriter.growing();
        format(said);
        out.raw(said.array(), 0, said.length()).ascii("},\"top_p\":").ascii(number(Setting.TOP_P, "1"));
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

    private static void usage(StreamEvent.@Nullable Usage usage, ByteBuilder out) {
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

    private void tools(JsonWriter out) {
        out.list();
        for (Tool tool : asked.tools()) {
            out.object().put("type", "function").put("name", tool.name());
            out.put("description", tool.description()).key("strict").literal("null");
            out.put("parameters", tool.parameters()).endObject();
        }
        out.endList();
    }

    private void format(JsonWriter out) {
        OutputFormat shape = asked.shape();
        RawJson schema = shape == null ? null : shape.schema();
        out.object().put("type", shape == null ? "text" : schema == null ? "json_object" : "json_schema");
        if (shape != null && schema != null) {
            out.put("name", shape.name()).put("schema", schema);
        }
        out.endObject();
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
}
