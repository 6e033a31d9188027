package io.essaim.dialect;

import io.essaim.dialect.SamplingOptions.Setting;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Writes requests for Ollama's {@code /api/chat}, at a host or in the cloud. */
final class OllamaRequestWriter {
    private OllamaRequestWriter() {}

    static byte[] write(NeutralRequest asked, String model, Capabilities can) throws Untranslatable {
        can.check(asked);
        return JsonWriter.bytes(out -> request(asked, model, can, out));
    }

    private static void request(NeutralRequest asked, String model, Capabilities can, JsonWriter out) {
        out.object().put("model", model).key("messages").list();
        asked.turns().forEach(turn -> turn(turn, out));
        out.endList().put("stream", asked.streams());
        // Ollama has no word for "do not call": without tools there is nothing to call.
        if (asked.choice().kind() != ToolChoice.Kind.NONE) {
            OpenAiTools.write(asked.tools(), out);
        }
        OutputFormat shape = asked.shape();
        if (shape != null) {
            RawJson schema = shape.schema();
            if (schema == null) {
                out.put("format", "json");
            } else {
                out.put("format", schema);
            }
        }
        options(asked.options(), can, out);
        switch (asked.effort()) {
            case UNSET -> {}
            case OFF -> out.put("think", false);
            case ON -> out.put("think", true);
            case LOW -> out.put("think", "low");
            case MEDIUM -> out.put("think", "medium");
            case HIGH -> out.put("think", "high");
        }
        out.endObject();
    }

    private static void options(SamplingOptions options, Capabilities can, JsonWriter out) {
        Integer logprobs = options.logprobs();
        if (logprobs != null) {
            out.put("logprobs", true);
            if (logprobs > 0) {
                out.put("top_logprobs", logprobs.longValue());
            }
        }
        Map<Setting, String> names = new EnumMap<>(Setting.class);
        for (Setting option : Setting.values()) {
            names.put(option, option.key());
        }
        if (OptionNames.any(options, names, can) || !options.stop().isEmpty()) {
            out.key("options").object();
            OptionNames.write(options, names, can, out);
            OptionNames.stop("stop", options.stop(), out);
            out.endObject();
        }
    }

    private static void turn(ChatMessage turn, JsonWriter out) {
        if (turn.role() == ChatMessage.Role.TOOL) {
            for (ChatMessage.Result result : turn.all(ChatMessage.Result.class)) {
                out.object().put("role", "tool").put("content", result.said());
                if (!result.name().isEmpty()) {
                    out.put("tool_name", result.name());
                }
                out.put("tool_call_id", result.id()).endObject();
            }
            return;
        }
        String role = switch (turn.role()) {
            case SYSTEM -> "system";
            case USER -> "user";
            default -> "assistant";
        };
        out.object().put("role", role).put("content", turn.lines());
        OpenAiRequestWriter.thoughts("thinking", turn, out);
        List<ChatMessage.Picture> pictures = turn.all(ChatMessage.Picture.class);
        if (!pictures.isEmpty()) {
            out.key("images").list();
            pictures.forEach(picture -> out.string(picture.base64()));
            out.endList();
        }
        calls(turn.all(ChatMessage.Call.class), out);
        out.endObject();
    }

    private static void calls(List<ChatMessage.Call> calls, JsonWriter out) {
        if (calls.isEmpty()) {
            return;
        }
        out.key("tool_calls").list();
        int index = 0;
        for (ChatMessage.Call call : calls) {
            out.object().put("id", call.id()).key("function").object();
            out.put("index", index++).put("name", call.name());
            out.put("arguments", call.input()).endObject().endObject();
        }
        out.endList();
    }
}
