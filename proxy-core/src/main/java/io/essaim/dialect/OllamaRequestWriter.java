package io.essaim.dialect;

import io.essaim.dialect.Options.Setting;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Writes requests for Ollama's {@code /api/chat}, at a host or in the cloud. */
final class OllamaRequestWriter {
    private OllamaRequestWriter() {}

    static byte[] write(Asked asked, String model, Capabilities can) throws Inexpressible {
        can.check(asked);
        ObjectNode out = JsonNodeFactory.instance.objectNode();
        out.put("model", model);
        ArrayNode messages = out.putArray("messages");
        for (Turn turn : asked.turns()) {
            turn(turn, messages);
        }
        out.put("stream", asked.streams());
        // Ollama has no word for "do not call": without tools there is nothing to call.
        if (asked.choice().kind() != ToolChoice.Kind.NONE) {
            OpenAiTools.write(asked.tools(), out);
        }
        Shape shape = asked.shape();
        if (shape != null) {
            var schema = shape.schema();
            if (schema == null) {
                out.put("format", "json");
            } else {
                out.set("format", schema);
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
        return Body.MAPPER.writeValueAsBytes(out);
    }

    private static void options(Options options, Capabilities can, ObjectNode out) {
        Integer logprobs = options.logprobs();
        if (logprobs != null) {
            out.put("logprobs", true);
            if (logprobs > 0) {
                out.put("top_logprobs", logprobs);
            }
        }
        Map<Setting, String> names = new EnumMap<>(Setting.class);
        for (Setting option : Setting.values()) {
            names.put(option, option.key());
        }
        ObjectNode words = JsonNodeFactory.instance.objectNode();
        SettingWords.write(options, names, can, words);
        List<String> stop = options.stop();
        if (!stop.isEmpty()) {
            ArrayNode list = words.putArray("stop");
            stop.forEach(list::add);
        }
        if (!words.isEmpty()) {
            out.set("options", words);
        }
    }

    private static void turn(Turn turn, ArrayNode messages) throws Inexpressible {
        if (turn.role() == Turn.Role.TOOL) {
            for (Turn.Result result : turn.all(Turn.Result.class)) {
                ObjectNode message = messages.addObject().put("role", "tool").put("content", result.text());
                if (!result.name().isEmpty()) {
                    message.put("tool_name", result.name());
                }
                message.put("tool_call_id", result.id());
            }
            return;
        }
        String role = switch (turn.role()) {
            case SYSTEM -> "system";
            case USER -> "user";
            default -> "assistant";
        };
        ObjectNode message = messages.addObject().put("role", role).put("content", turn.text("\n"));
        StringBuilder thoughts = new StringBuilder();
        turn.all(Turn.Thoughts.class).forEach(piece -> thoughts.append(piece.text()));
        if (!thoughts.isEmpty()) {
            message.put("thinking", thoughts.toString());
        }
        List<Turn.Picture> pictures = turn.all(Turn.Picture.class);
        if (!pictures.isEmpty()) {
            ArrayNode list = message.putArray("images");
            pictures.forEach(picture -> list.add(picture.base64()));
        }
        calls(turn.all(Turn.Call.class), message);
    }

    private static void calls(List<Turn.Call> calls, ObjectNode message) throws Inexpressible {
        if (calls.isEmpty()) {
            return;
        }
        ArrayNode list = message.putArray("tool_calls");
        for (Turn.Call call : calls) {
            ObjectNode function = list.addObject().put("id", call.id()).putObject("function");
            function.put("index", list.size() - 1).put("name", call.name());
            try {
                function.set("arguments", Body.MAPPER.readTree(call.arguments()));
            } catch (JacksonException e) {
                throw new Inexpressible("tool_calls.function.arguments");
            }
        }
    }
}
