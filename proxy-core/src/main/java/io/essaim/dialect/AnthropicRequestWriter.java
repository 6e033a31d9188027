package io.essaim.dialect;

import io.essaim.dialect.Asked.Effort;
import io.essaim.dialect.Options.Setting;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

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

    private final ObjectNode out = JsonNodeFactory.instance.objectNode();
    private final ArrayNode messages;
    private String speaker = "";
    private ArrayNode blocks = JsonNodeFactory.instance.arrayNode();

    private AnthropicRequestWriter(String model) {
        out.put("model", model);
        messages = out.putArray("messages");
    }

    static byte[] write(Asked asked, String model, Capabilities can) throws Inexpressible {
        can.check(asked);
        Double temperature = asked.options().get(Setting.TEMPERATURE);
        if (temperature != null && temperature > 1) {
            throw new Inexpressible("temperature above 1");
        }
        return new AnthropicRequestWriter(model).request(asked, can);
    }

    private byte[] request(Asked asked, Capabilities can) throws Inexpressible {
        StringBuilder system = new StringBuilder();
        for (Turn turn : asked.turns()) {
            if (turn.role() == Turn.Role.SYSTEM) {
                system.append(system.isEmpty() ? "" : "\n\n").append(turn.text("\n\n"));
            } else {
                turn(turn);
            }
        }
        limits(asked);
        if (!system.isEmpty()) {
            out.put("system", system.toString());
        }
        out.put("stream", asked.streams());
        SettingWords.write(asked.options(), NAMES, can, out);
        List<String> stop = asked.options().stop();
        if (!stop.isEmpty()) {
            ArrayNode list = out.putArray("stop_sequences");
            stop.forEach(list::add);
        }
        tools(asked);
        return Body.MAPPER.writeValueAsBytes(out);
    }

    private void limits(Asked asked) throws Inexpressible {
        Double limit = asked.options().get(Setting.LIMIT);
        long budget = budget(asked.effort());
        long most = limit == null ? LIMIT + budget : limit.longValue();
        out.put("max_tokens", most);
        if (budget > 0) {
            // The thoughts count among the tokens of the answer, and 1024 is the least that may be given to them.
            long given = Math.min(budget, most - 1);
            if (given < 1024) {
                throw new Inexpressible("think with so few tokens");
            }
            out.putObject("thinking").put("type", "enabled").put("budget_tokens", given);
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

    private void turn(Turn turn) throws Inexpressible {
        String role = turn.role() == Turn.Role.ASSISTANT ? "assistant" : "user";
        if (!role.equals(speaker)) {
            speaker = role;
            blocks = messages.addObject().put("role", role).putArray("content");
        }
        for (Turn.Part part : turn.parts()) {
            block(part);
        }
    }

    private void block(Turn.Part part) throws Inexpressible {
        if (part instanceof Turn.Words words) {
            if (!words.text().isEmpty()) {
                blocks.addObject().put("type", "text").put("text", words.text());
            }
        } else if (part instanceof Turn.Thoughts thoughts) {
            if (thoughts.signature() != null) {
                ObjectNode block = blocks.addObject().put("type", "thinking");
                block.put("thinking", thoughts.text()).put("signature", thoughts.signature());
            }
        } else if (part instanceof Turn.Picture picture) {
            ObjectNode source = blocks.addObject().put("type", "image").putObject("source");
            source.put("type", "base64").put("media_type", picture.mediaType()).put("data", picture.base64());
        } else if (part instanceof Turn.Call call) {
            ObjectNode block = blocks.addObject().put("type", "tool_use");
            block.put("id", call.id()).put("name", call.name());
            try {
                block.set("input", Body.MAPPER.readTree(call.arguments()));
            } catch (JacksonException e) {
                throw new Inexpressible("tool_calls.function.arguments");
            }
        } else if (part instanceof Turn.Result result) {
            ObjectNode block = blocks.addObject().put("type", "tool_result");
            block.put("tool_use_id", result.id()).put("content", result.text());
            if (result.failed()) {
                block.put("is_error", true);
            }
        }
    }

    private void tools(Asked asked) {
        if (asked.tools().isEmpty()) {
            return;
        }
        ArrayNode list = out.putArray("tools");
        for (Tool tool : asked.tools()) {
            ObjectNode one = list.addObject().put("name", tool.name());
            if (!tool.description().isEmpty()) {
                one.put("description", tool.description());
            }
            one.set("input_schema", OpenAiTools.parameters(tool));
        }
        switch (asked.choice().kind()) {
            case AUTO -> {}
            case NONE -> out.putObject("tool_choice").put("type", "none");
            case REQUIRED -> out.putObject("tool_choice").put("type", "any");
            case NAMED ->
                out.putObject("tool_choice")
                        .put("type", "tool")
                        .put("name", asked.choice().tool());
        }
    }
}
