package io.essaim.dialect;

import io.essaim.dialect.SamplingOptions.Setting;
import java.util.Map;

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

    private final JsonWriter out;
    private String speaker = "";

    private GeminiRequestWriter(JsonWriter out) {
        this.out = out;
    }

    static byte[] write(NeutralRequest asked, Capabilities can) throws Untranslatable {
        can.check(asked);
        return JsonWriter.bytes(out -> new GeminiRequestWriter(out).request(asked, can));
    }

    private void request(NeutralRequest asked, Capabilities can) {
        out.object().key("contents").list();
        boolean instructed = false;
        for (ChatMessage turn : asked.turns()) {
            if (turn.role() == ChatMessage.Role.SYSTEM) {
                instructed |= turn.has(ChatMessage.Words.class);
            } else {
                turn(turn);
            }
        }
        if (!speaker.isEmpty()) {
            out.endList().endObject();
        }
        out.endList();
        if (instructed) {
            system(asked.turns());
        }
        tools(asked);
        config(asked, can);
        out.endObject();
    }

    private void system(ChatMessages turns) {
        out.key("systemInstruction").object().key("parts").list();
        for (ChatMessage turn : turns) {
            if (turn.role() == ChatMessage.Role.SYSTEM) {
                turn.all(ChatMessage.Words.class)
                        .forEach(words -> out.object().put("text", words.said()).endObject());
            }
        }
        out.endList().endObject();
    }

    private void turn(ChatMessage turn) {
        String role = turn.role() == ChatMessage.Role.ASSISTANT ? "model" : "user";
        if (!role.equals(speaker)) {
            if (!speaker.isEmpty()) {
                out.endList().endObject();
            }
            speaker = role;
            out.object().put("role", role).key("parts").list();
        }
        boolean first = true;
        for (ChatMessage.Part part : turn.parts()) {
            if (part instanceof ChatMessage.Words words) {
                out.object().put("text", words.said()).endObject();
            } else if (part instanceof ChatMessage.Picture picture) {
                out.object().key("inlineData").object().put("mimeType", picture.mediaType());
                out.put("data", picture.base64()).endObject().endObject();
            } else if (part instanceof ChatMessage.Call call) {
                call(call, first);
                first = false;
            } else if (part instanceof ChatMessage.Result result) {
                out.object().key("functionResponse").object().put("name", result.name());
                response(result);
                out.endObject().endObject();
            }
        }
    }

    private void call(ChatMessage.Call call, boolean first) {
        out.object().key("functionCall").object().put("name", call.name());
        out.put("args", call.input()).endObject();
        JsonText signature = call.signature() == null && first ? OpenAiRequestWriter.UNSIGNED : call.signature();
        if (signature != null) {
            out.put("thoughtSignature", signature);
        }
        out.endObject();
    }

    /** A response is an object there. Most tools answer in plain text, which is wrapped. */
    private void response(ChatMessage.Result result) {
        RawJson object = result.failed() ? null : result.said().object();
        if (object != null) {
            out.put("response", object);
            return;
        }
        out.key("response").object().put(result.failed() ? "error" : "result", result.said());
        out.endObject();
    }

    private void tools(NeutralRequest asked) {
        if (asked.tools().isEmpty()) {
            return;
        }
        out.key("tools").list().object().key("functionDeclarations").list();
        for (Tool tool : asked.tools()) {
            out.object().put("name", tool.name());
            if (!tool.description().isEmpty()) {
                out.put("description", tool.description());
            }
            if (!tool.parameters().isEmptyObject()) {
                out.put("parametersJsonSchema", tool.parameters());
            }
            out.endObject();
        }
        out.endList().endObject().endList();
        ToolChoice choice = asked.choice();
        if (choice.kind() != ToolChoice.Kind.AUTO) {
            out.key("toolConfig").object().key("functionCallingConfig").object();
            out.put("mode", choice.kind() == ToolChoice.Kind.NONE ? "NONE" : "ANY");
            if (choice.kind() == ToolChoice.Kind.NAMED) {
                out.key("allowedFunctionNames")
                        .list()
                        .string(String.valueOf(choice.tool()))
                        .endList();
            }
            out.endObject().endObject();
        }
    }

    private void config(NeutralRequest asked, Capabilities can) {
        SamplingOptions options = asked.options();
        OutputFormat shape = asked.shape();
        boolean thinks = asked.effort().wanted();
        if (!OptionNames.any(options, NAMES, can) && options.stop().isEmpty() && shape == null && !thinks) {
            return;
        }
        out.key("generationConfig").object();
        OptionNames.write(options, NAMES, can, out);
        OptionNames.stop("stopSequences", options.stop(), out);
        if (shape != null) {
            out.put("responseMimeType", "application/json");
            RawJson schema = shape.schema();
            if (schema != null) {
                out.put("responseJsonSchema", schema);
            }
        }
        if (thinks) {
            out.key("thinkingConfig").object().put("includeThoughts", true);
            switch (asked.effort()) {
                case LOW -> out.put("thinkingBudget", 1024);
                case MEDIUM -> out.put("thinkingBudget", 8192);
                case HIGH -> out.put("thinkingBudget", 24_576);
                default -> {}
            }
            out.endObject();
        }
        out.endObject();
    }
}
