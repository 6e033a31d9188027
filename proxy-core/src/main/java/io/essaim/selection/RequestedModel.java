package io.essaim.selection;

import io.essaim.config.AgentRule;
import io.essaim.config.Rules;
import io.essaim.model.ModelName;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The meaning of the model that a client names: a model, an alias of the rules for one, and with either an agent, for
 * clients that can set nothing else: {@code rssi/llama3.2:1b} and {@code llama3.2:rssi} are requests of agent rssi, if
 * the rules have such an agent.
 *
 * @param asked the client's own string, which answers repeat
 * @param model the model that is meant
 * @param agent the agent it names, in lower case; null when it names none
 * @param renamed whether the model's name is another one than the client's string
 */
public record RequestedModel(
        String asked, ModelName model, @Nullable String agent, boolean renamed) {

    private static final ModelName DEFAULT = ModelName.parse("default").orElseThrow();

    /** What {@code asked} means under these rules; empty where Ollama would call it invalid. */
    public static Optional<RequestedModel> read(String asked, Rules rules) {
        Optional<ModelName> plain = ModelName.parse(asked);
        if (plain.isPresent() && rules.aliases().containsKey(plain.get())) {
            return wanted(asked, plain, null, rules);
        }
        int slash = asked.indexOf('/');
        if (slash > 0 && rules.knowsAgent(asked.substring(0, slash))) {
            return wanted(asked, ModelName.parse(asked.substring(slash + 1)), asked.substring(0, slash), rules);
        }
        int colon = asked.lastIndexOf(':');
        if (colon > asked.lastIndexOf('/') && rules.knowsAgent(asked.substring(colon + 1))) {
            return wanted(asked, ModelName.parse(asked.substring(0, colon)), asked.substring(colon + 1), rules);
        }
        return wanted(asked, plain, null, rules);
    }

    /**
     * What an agent means that names no model, or {@code default}: its default model, if the rules say one and do not mean
     * something else by that name.
     *
     * @param said what it says; null for nothing
     * @return null when it says nothing and has no default
     */
    public static @Nullable RequestedModel orDefault(@Nullable RequestedModel said, AgentRule agent, Rules rules) {
        ModelName name = agent.profile().model();
        boolean open = said == null || said.model.equals(DEFAULT);
        if (name == null || !open || rules.aliases().containsKey(DEFAULT)) {
            return said;
        }
        String asked = said == null ? name.shortest() : said.asked;
        return new RequestedModel(
                asked, rules.aliases().getOrDefault(name, name), said == null ? null : said.agent, true);
    }

    private static Optional<RequestedModel> wanted(
            String asked, Optional<ModelName> named, @Nullable String agent, Rules rules) {
        return named.map(name -> {
            ModelName model = rules.aliases().getOrDefault(name, name);
            boolean renamed = agent != null || !model.equals(name);
            return new RequestedModel(asked, model, agent == null ? null : agent.toLowerCase(Locale.ROOT), renamed);
        });
    }
}
