package io.essaim.dialect;

import io.essaim.dialect.Asked.Delivery;
import io.essaim.dialect.Asked.Effort;
import io.essaim.dialect.Capabilities.Feature;
import io.essaim.dialect.Capabilities.Quirk;
import io.essaim.dialect.Options.Setting;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Writes requests for {@code /chat/completions} of OpenAI and of those that copy it. */
final class OpenAiRequestWriter {
    /** Google's own word for a call whose signature is not known. */
    static final String NO_SIGNATURE = "skip_thought_signature_validator";

    private final Capabilities can;
    private final ObjectNode out = JsonNodeFactory.instance.objectNode();

    private OpenAiRequestWriter(Capabilities can) {
        this.can = can;
    }

    static byte[] write(Asked asked, String model, Capabilities can) throws Inexpressible {
        can.check(asked);
        return new OpenAiRequestWriter(can).request(asked, model);
    }

    private byte[] request(Asked asked, String model) {
        out.put("model", model);
        ArrayNode messages = out.putArray("messages");
        asked.turns().forEach(turn -> turn(turn, messages));
        out.put("stream", asked.streams());
        // Asked always: the last line of an Ollama answer and every account need it, and the client sees it only if he
        // asked.
        if (asked.delivery() != Delivery.WHOLE && !can.has(Quirk.NO_STREAM_OPTIONS)) {
            out.putObject("stream_options").put("include_usage", true);
        }
        SettingWords.write(asked.options(), names(), can, out);
        List<String> stop = asked.options().stop();
        if (!stop.isEmpty()) {
            ArrayNode list = out.putArray("stop");
            stop.forEach(list::add);
        }
        Integer logprobs = asked.options().logprobs();
        if (logprobs != null) {
            out.put("logprobs", true);
            if (logprobs > 0) {
                out.put("top_logprobs", logprobs);
            }
        }
        shape(asked);
        tools(asked);
        effort(asked.effort());
        return Body.MAPPER.writeValueAsBytes(out);
    }

    private Map<Setting, String> names() {
        Map<Setting, String> names = new EnumMap<>(Setting.class);
        for (Setting option : Setting.values()) {
            names.put(option, option.key());
        }
        names.put(Setting.LIMIT, can.has(Quirk.COMPLETION_TOKENS) ? "max_completion_tokens" : "max_tokens");
        if (can.has(Quirk.RANDOM_SEED)) {
            names.put(Setting.SEED, "random_seed");
        }
        if (can.has(Quirk.REPETITION_PENALTY)) {
            names.put(Setting.REPEAT_PENALTY, "repetition_penalty");
        }
        return names;
    }

    private void shape(Asked asked) {
        Shape shape = asked.shape();
        if (shape == null) {
            return;
        }
        ObjectNode format = out.putObject("response_format");
        var schema = shape.schema();
        if (schema == null && can.has(Feature.ANY_JSON)) {
            format.put("type", "json_object");
            return;
        }
        ObjectNode named =
                format.put("type", "json_schema").putObject("json_schema").put("name", shape.name());
        named.set(
                "schema", schema == null ? JsonNodeFactory.instance.objectNode().put("type", "object") : schema);
    }

    private void tools(Asked asked) {
        if (asked.tools().isEmpty()) {
            return;
        }
        OpenAiTools.write(asked.tools(), out);
        switch (asked.choice().kind()) {
            case AUTO -> {}
            case NONE -> out.put("tool_choice", "none");
            // Mistral calls it "any", and takes OpenAI's word too.
            case REQUIRED -> out.put("tool_choice", "required");
            case NAMED ->
                out.putObject("tool_choice")
                        .put("type", "function")
                        .putObject("function")
                        .put("name", asked.choice().tool());
        }
    }

    private void effort(Effort effort) {
        if (!can.has(Feature.EFFORT)) {
            return;
        }
        switch (effort) {
            // "Off" is left out: servers that do not think refuse the word, and those that do have their own for it.
            case UNSET, OFF -> {}
            case ON, MEDIUM -> out.put("reasoning_effort", "medium");
            case LOW -> out.put("reasoning_effort", "low");
            case HIGH -> out.put("reasoning_effort", "high");
        }
    }

    private void turn(Turn turn, ArrayNode messages) {
        switch (turn.role()) {
            case SYSTEM -> messages.addObject().put("role", "system").put("content", turn.text("\n"));
            case USER -> user(turn, messages.addObject().put("role", "user"));
            case ASSISTANT -> assistant(turn, messages.addObject().put("role", "assistant"));
            case TOOL -> {
                for (Turn.Result result : turn.all(Turn.Result.class)) {
                    ObjectNode message = messages.addObject().put("role", "tool");
                    message.put("tool_call_id", id(result.id())).put("content", result.text());
                }
            }
        }
    }

    private static void user(Turn turn, ObjectNode message) {
        if (turn.all(Turn.Words.class).size() == turn.parts().size()
                && turn.parts().size() < 2) {
            message.put("content", turn.text(""));
            return;
        }
        ArrayNode content = message.putArray("content");
        for (Turn.Part part : turn.parts()) {
            if (part instanceof Turn.Words words) {
                content.addObject().put("type", "text").put("text", words.text());
            } else if (part instanceof Turn.Picture picture) {
                content.addObject()
                        .put("type", "image_url")
                        .putObject("image_url")
                        .put("url", Pictures.url(picture));
            }
        }
    }

    private void assistant(Turn turn, ObjectNode message) {
        List<Turn.Call> calls = turn.all(Turn.Call.class);
        String text = turn.text("");
        if (text.isEmpty() && !calls.isEmpty()) {
            message.putNull("content");
        } else {
            message.put("content", text);
        }
        if (can.has(Feature.THOUGHTS)) {
            StringBuilder thoughts = new StringBuilder();
            turn.all(Turn.Thoughts.class).forEach(piece -> thoughts.append(piece.text()));
            if (!thoughts.isEmpty()) {
                message.put("reasoning_content", thoughts.toString());
            }
        }
        if (calls.isEmpty()) {
            return;
        }
        ArrayNode list = message.putArray("tool_calls");
        for (Turn.Call call : calls) {
            ObjectNode one = list.addObject().put("id", id(call.id())).put("type", "function");
            one.putObject("function").put("name", call.name()).put("arguments", call.arguments());
            String signature = call.signature() == null && list.size() == 1 ? NO_SIGNATURE : call.signature();
            if (can.has(Quirk.SIGNED_CALLS) && signature != null) {
                one.putObject("extra_content").putObject("google").put("thought_signature", signature);
            }
        }
    }

    private String id(String id) {
        if (!can.has(Quirk.NINE_LETTER_IDS) || id.matches("[a-zA-Z0-9]{9}")) {
            return id;
        }
        // The same id must become the same nine letters in the call and in its result.
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < id.length(); i++) {
            hash = (hash ^ id.charAt(i)) * 0x100000001b3L;
        }
        String letters = "000000000" + Long.toUnsignedString(hash, 36);
        return letters.substring(letters.length() - 9);
    }
}
