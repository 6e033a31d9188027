package io.essaim.cloud;

import io.essaim.budget.Budgets;
import io.essaim.config.AgentRule;
import io.essaim.config.BackendRule;
import io.essaim.config.CloudEntry;
import io.essaim.config.Rules;
import io.essaim.config.SecretSource;
import io.essaim.config.Timeouts;
import io.essaim.dialect.Capabilities;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Fleet;
import io.essaim.secret.Secrets;
import io.essaim.secret.Secrets.Found;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clouds of the rules: which agent may ask which cloud, with which key, and on whose budget. It fails closed: an
 * agent without a cloud in its own rule gets none, and a cloud that refused its key is not asked again until the key
 * changes. Any thread.
 */
public final class Clouds {
    private static final Logger LOG = LoggerFactory.getLogger(Clouds.class);

    private final Rules rules;
    private final Fleet fleet;
    private final Secrets secrets;
    private final Budgets budgets;
    private final ConcurrentMap<Backend, String> refusedKeys;

    /**
     * @param secrets where their keys are found
     * @param budgets what agents may use
     */
    public Clouds(Rules rules, Fleet fleet, Secrets secrets, Budgets budgets) {
        this.rules = rules;
        this.fleet = fleet;
        this.secrets = secrets;
        this.budgets = budgets;
        this.refusedKeys = new ConcurrentHashMap<>();
    }

    private Clouds(Clouds former, Rules rules, Fleet fleet) {
        this.rules = rules;
        this.fleet = fleet;
        this.secrets = former.secrets;
        this.budgets = former.budgets;
        this.refusedKeys = former.refusedKeys;
    }

    /** The clouds of other rules; budgets and what is known of keys stay. */
    public Clouds changed(Rules newRules, Fleet newFleet) {
        refusedKeys.keySet().removeIf(cloud -> !newFleet.has(cloud));
        return new Clouds(this, newRules, newFleet);
    }

    /** Whether a cloud can be asked for this agent at all ({@link Rules#cloudsOf}). */
    public boolean serve(String agent) {
        return !rules.cloudsOf(agent).isEmpty();
    }

    /** Which rule keeps an agent's requests here, where others' may leave; empty if nobody's may. */
    String barrier(String agent) {
        if (rules.agents().keySet().stream().noneMatch(this::serve)) {
            return "";
        }
        return rules.knowsAgent(agent) && !agent.equalsIgnoreCase(AgentRule.DEFAULT)
                ? "agent " + agent + " has no cloud in its rule"
                : "only agents that the rules name may use clouds, and " + agent + " is none";
    }

    /** The rules that hold for an agent. */
    AgentRule agent(String name) {
        return rules.agent(name);
    }

    /** How long clouds may take. */
    Timeouts timeouts() {
        return rules.timeouts();
    }

    /** What agents may use and have used. */
    public Budgets budgets() {
        return budgets;
    }

    String currency() {
        return rules.currency();
    }

    Backend backend(CloudEntry entry) {
        return fleet.get(entry.backend());
    }

    static Capabilities capabilities(BackendRule rule) {
        return Capabilities.named(rule.capabilities()).orElseThrow();
    }

    /** The key that a cloud is shown; no text when it wants none, {@link Found.Missing} when it must not be asked. */
    Found key(Backend cloud) {
        SecretSource source = cloud.rule().apiKey();
        Found found = source == null ? new Found.Key("") : secrets.find(source);
        if (found instanceof Found.Key key && key.text().equals(refusedKeys.get(cloud))) {
            return new Found.Missing("it did not accept its key, which is still the same");
        }
        return found;
    }

    /** The cloud did not accept its key, or wants to be paid. */
    void refused(Backend cloud, String key, int status) {
        if (!key.equals(refusedKeys.put(cloud, key))) {
            SecretSource source = cloud.rule().apiKey();
            LOG.error(
                    "{} did not accept its key ({}): it is not asked again until {} changes",
                    cloud.name(),
                    status,
                    source == null ? "its apiKey" : source);
        }
    }

    /** The field lines that show a key, each with its CRLF. */
    static String fields(BackendRule rule, String key) {
        String version = switch (rule.dialect()) {
            case ANTHROPIC -> "anthropic-version: 2023-06-01\r\n";
            case OLLAMA, OPENAI, GEMINI -> "";
        };
        if (key.isEmpty()) {
            return version;
        }
        return version
                + switch (rule.dialect()) {
                    case OLLAMA, OPENAI -> "authorization: Bearer ";
                    case ANTHROPIC -> "x-api-key: ";
                    case GEMINI -> "x-goog-api-key: ";
                }
                + key
                + "\r\n";
    }
}
