package io.essaim.dialect;

import io.essaim.dialect.Capabilities.Feature;
import io.essaim.dialect.Capabilities.Quirk;
import io.essaim.dialect.NeutralRequest.Delivery;
import io.essaim.dialect.NeutralRequest.Effort;
import io.essaim.dialect.SamplingOptions.Setting;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Writes requests for {@code /chat/completions} of OpenAI and of those that copy it. */
final class OpenAiRequestWriter {
    /** Google's own word for a call whose signature is not known. */
    static final JsonText UNSIGNED = JsonText.of("skip_thought_signature_validator");

    private static final RawJson ANY_OBJECT = RawJson.of("{\"type\":\"object\"}");

    private final Capabilities can;
    private final JsonWriter out;

    private OpenAiRequestWriter(Capabilities can, JsonWriter out) {
        this.can = can;
        this.out = out;
    }

    static byte[] write(NeutralRequest asked, String model, Capabilities can) throws Untranslatable {
        can.check(asked);
        return JsonWriter.bytes(out -> new OpenAiRequestWriter(can, out).request(asked, model));
    }

    private void request(NeutralRequest asked, String model) {
        out.object().put("model", model).key("messages").list();
        asked.turns().forEach(this::turn);
        out.endList().put("stream", asked.streams());
        // Asked always: the last line of an Ollama answer and every account need it, and the client sees it only if he
        // asked.
        if (asked.delivery() != Delivery.WHOLE && !can.has(Quirk.NO_STREAM_OPTIONS)) {
            out.key("stream_options").object().put("include_usage", true).endObject();
        }
        OptionNames.write(asked.options(), names(), can, out);
        OptionNames.stop("stop", asked.options().stop(), out);
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
        out.endObject();
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

    private void shape(NeutralRequest asked) {
        OutputFormat shape = asked.shape();
        if (shape == null) {
            return;
        }
        out.key("response_format").object();
        RawJson schema = shape.schema();
        if (schema == null && can.has(Feature.ANY_JSON)) {
            out.put("type", "json_object").endObject();
            return;
        }
        out.put("type", "json_schema").key("json_schema").object().put("name", shape.name());
        out.put("schema", schema == null ? ANY_OBJECT : schema).endObject().endObject();
    }

    private void tools(NeutralRequest asked) {
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
                out.key("tool_choice")
                        .object()
                        .put("type", "function")
                        .key("function")
                        .object()
                        .put("name", String.valueOf(asked.choice().tool()))
                        .endObject()
                        .endObject();
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

    private void turn(ChatMessage turn) {
        switch (turn.role()) {
            case SYSTEM ->
                out.object().put("role", "system").put("content", turn.lines()).endObject();
            case USER -> user(turn);
            case ASSISTANT -> assistant(turn);
            case TOOL -> {
                for (ChatMessage.Result result : turn.all(ChatMessage.Result.class)) {
                    out.object().put("role", "tool").put("tool_call_id", id(result.id()));
                    out.put("content", result.said()).endObject();
                }
            }
        }
    }

    private void user(ChatMessage turn) {
        out.object().put("role", "user");
        List<ChatMessage.Part> parts = turn.parts();
        if (parts.isEmpty()) {
            out.put("content", JsonText.EMPTY).endObject();
            return;
        }
        if (parts.size() == 1 && parts.get(0) instanceof ChatMessage.Words words) {
            out.put("content", words.said()).endObject();
            return;
        }
        out.key("content").list();
        for (ChatMessage.Part part : parts) {
            if (part instanceof ChatMessage.Words words) {
                out.object().put("type", "text").put("text", words.said()).endObject();
            } else if (part instanceof ChatMessage.Picture picture) {
                out.object().put("type", "image_url").key("image_url").object().key("url");
                Images.writeUrl(picture, out);
                out.endObject().endObject();
            }
        }
        out.endList().endObject();
    }

    private void assistant(ChatMessage turn) {
        out.object().put("role", "assistant").key("content");
        List<ChatMessage.Call> calls = turn.all(ChatMessage.Call.class);
        List<ChatMessage.Words> words = turn.all(ChatMessage.Words.class);
        if (!calls.isEmpty() && words.stream().allMatch(piece -> piece.said().isEmpty())) {
            out.literal("null");
        } else {
            out.quote();
            words.forEach(piece -> piece.said().write(out));
            out.unquote();
        }
        if (can.has(Feature.THOUGHTS)) {
            thoughts("reasoning_content", turn, out);
        }
        if (!calls.isEmpty()) {
            calls(calls);
        }
        out.endObject();
    }

    /** Writes a member with all thoughts of a turn, if it has any. */
    static void thoughts(String name, ChatMessage turn, JsonWriter out) {
        List<ChatMessage.Thoughts> thoughts = turn.all(ChatMessage.Thoughts.class);
        if (thoughts.stream().anyMatch(piece -> !piece.said().isEmpty())) {
            out.key(name).quote();
            thoughts.forEach(piece -> piece.said().write(out));
            out.unquote();
        }
    }

    private void calls(List<ChatMessage.Call> calls) {
        out.key("tool_calls").list();
        boolean first = true;
        for (ChatMessage.Call call : calls) {
            out.object().put("id", id(call.id())).put("type", "function");
            out.key("function").object().put("name", call.name());
            out.key("arguments").quote();
            call.input().writeEscaped(out);
            out.unquote().endObject();
            JsonText signature = call.signature() == null && first ? UNSIGNED : call.signature();
            if (can.has(Quirk.SIGNED_CALLS) && signature != null) {
                out.key("extra_content").object().key("google").object();
                out.put("thought_signature", signature).endObject().endObject();
            }
            out.endObject();
            first = false;
        }
        out.endList();
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
