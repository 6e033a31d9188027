package io.essaim.dialect;

import io.essaim.dialect.NeutralRequest.Effort;
import io.essaim.dialect.SamplingOptions.Setting;
import java.util.Map;

/**
 * Writes requests for Anthropic's {@code /v1/messages}. All system prompts stand in front; turns of one side in a row become
 * one message, because the results of calls must be the next message and together. Thoughts without a signature are left
 * out: they would be refused.
 */
final class AnthropicRequestWriter {
    /** The limit, which is required there, when the client set none. */
    private static final long LIMIT = 8192;

    private static final Map<Setting, String> NAMES =
            Map.of(Setting.TEMPERATURE, "temperature", Setting.TOP_P, "top_p", Setting.TOP_K, "top_k");

    private final JsonWriter out;
    private String speaker = "";

    private AnthropicRequestWriter(JsonWriter out) {
        this.out = out;
    }

    static byte[] write(NeutralRequest asked, String model, Capabilities can) throws Untranslatable {
        can.check(asked);
        Double temperature = asked.options().get(Setting.TEMPERATURE);
        if (temperature != null && temperature > 1) {
            throw new Untranslatable("temperature above 1");
        }
        return JsonWriter.bytes(out -> new AnthropicRequestWriter(out).request(asked, model, can));
    }

    private void request(NeutralRequest asked, String model, Capabilities can) throws Untranslatable {
        out.object().put("model", model).key("messages").list();
        boolean instructed = false;
        for (ChatMessage turn : asked.turns()) {
            if (turn.role() == ChatMessage.Role.SYSTEM) {
                instructed |= turn.all(ChatMessage.Words.class).stream()
                        .anyMatch(words -> !words.said().isEmpty());
            } else {
                turn(turn);
            }
        }
        if (!speaker.isEmpty()) {
            out.endList().endObject();
        }
        out.endList();
        limits(asked);
        if (instructed) {
            system(asked.turns());
        }
        out.put("stream", asked.streams());
        OptionNames.write(asked.options(), NAMES, can, out);
        OptionNames.stop("stop_sequences", asked.options().stop(), out);
        tools(asked);
        out.endObject();
    }

    private void system(ChatMessages turns) {
        out.key("system").quote();
        boolean said = false;
        for (ChatMessage turn : turns) {
            if (turn.role() == ChatMessage.Role.SYSTEM) {
                boolean first = true;
                for (ChatMessage.Words words : turn.all(ChatMessage.Words.class)) {
                    out.piece(said || !first ? "\\n\\n" : "");
                    words.said().write(out);
                    first = false;
                    said |= !words.said().isEmpty();
                }
            }
        }
        out.unquote();
    }

    private void limits(NeutralRequest asked) throws Untranslatable {
        Double limit = asked.options().get(Setting.LIMIT);
        long budget = budget(asked.effort());
        long most = limit == null ? LIMIT + budget : limit.longValue();
        out.put("max_tokens", most);
        if (budget > 0) {
            // The thoughts count among the tokens of the answer, and 1024 is the least that may be given to them.
            long given = Math.min(budget, most - 1);
            if (given < 1024) {
                throw new Untranslatable("think with so few tokens");
            }
            out.key("thinking")
                    .object()
                    .put("type", "enabled")
                    .put("budget_tokens", given)
                    .endObject();
        }
    }

    private static long budget(Effort effort) {
        return switch (effort) {
            case UNSET, OFF -> 0;
            case LOW -> 1024;
            case ON, MEDIUM -> 4096;
            case HIGH -> 16_384;
        };
    }

    /** The effort that a budget of thinking tokens stands for. */
    static Effort effort(double budget) {
        return budget <= 1024 ? Effort.LOW : budget <= 4096 ? Effort.MEDIUM : Effort.HIGH;
    }

    private void turn(ChatMessage turn) {
        String role = turn.role() == ChatMessage.Role.ASSISTANT ? "assistant" : "user";
        if (!role.equals(speaker)) {
            if (!speaker.isEmpty()) {
                out.endList().endObject();
            }
            speaker = role;
            out.object().put("role", role).key("content").list();
        }
        turn.parts().forEach(this::block);
    }

    private void block(ChatMessage.Part part) {
        if (part instanceof ChatMessage.Words words) {
            if (!words.said().isEmpty()) {
                out.object().put("type", "text").put("text", words.said()).endObject();
            }
        } else if (part instanceof ChatMessage.Thoughts thoughts) {
            JsonText signature = thoughts.signature();
            if (signature != null) {
                out.object().put("type", "thinking").put("thinking", thoughts.said());
                out.put("signature", signature).endObject();
            }
        } else if (part instanceof ChatMessage.Picture picture) {
            out.object().put("type", "image").key("source").object().put("type", "base64");
            out.put("media_type", picture.mediaType()).put("data", picture.base64());
            out.endObject().endObject();
        } else if (part instanceof ChatMessage.Call call) {
            out.object().put("type", "tool_use").put("id", call.id()).put("name", call.name());
            out.put("input", call.input()).endObject();
        } else if (part instanceof ChatMessage.Result result) {
            out.object().put("type", "tool_result").put("tool_use_id", result.id());
            out.put("content", result.said());
            if (result.failed()) {
                out.put("is_error", true);
            }
            out.endObject();
        }
    }

    private void tools(NeutralRequest asked) {
        if (asked.tools().isEmpty()) {
            return;
        }
        out.key("tools").list();
        for (Tool tool : asked.tools()) {
            out.object().put("name", tool.name());
            if (!tool.description().isEmpty()) {
                out.put("description", tool.description());
            }
            out.put("input_schema", OpenAiTools.parameters(tool)).endObject();
        }
        out.endList();
        ToolChoice choice = asked.choice();
        if (choice.kind() == ToolChoice.Kind.AUTO) {
            return;
        }
        out.key("tool_choice").object();
        switch (choice.kind()) {
            case AUTO -> {}
            case NONE -> out.put("type", "none");
            case REQUIRED -> out.put("type", "any");
            case NAMED -> out.put("type", "tool").put("name", String.valueOf(choice.tool()));
        }
        out.endObject();
    }
}
