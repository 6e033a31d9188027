package io.essaim.frontend;

import io.essaim.config.AgentRule;
import io.essaim.config.IpLiteral;
import io.essaim.config.Rules;
import io.essaim.http.Request;
import io.essaim.secret.ClientKeys;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The sender of a request, as far as its head tells: by a path prefix, a key, a field, or the port, in this order. The
 * model's name may tell later. A key may also stand in the path ({@code /k/KEY}), for clients that can set nothing but
 * a URL. Names are claims, keys are proof.
 *
 * @param agent the agent's name, lower case
 * @param named whether the head names the agent itself, so that the model's name cannot
 * @param keyOf the owner of the shown key, an agent or {@link ClientKeys#HOUSE}; null when none of the rules' keys was
 * @param prefix what was taken off the path
 * @param path the path without it
 * @param address the client's address, for people; {@code -} when it came by no network
 */
record Caller(String agent, boolean named, @Nullable String keyOf, String prefix, String path, String address) {
    private static final Pattern AGENT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    /** What a key in a path may consist of; it is sent back in redirects. */
    private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z0-9._~-]{1,512}");

    private static final int LONGEST_KEY = 512;
    private static final String AGENTS = "/agents/";
    private static final String KEYS = "/k/";
    private static final String NOWHERE = "-";

    /**
     * @param port the port it came to
     * @param keys whose a key is
     */
    static Caller of(Request request, int port, Rules rules, ClientKeys keys) {
        String path = request.path();
        String key = path.startsWith(KEYS) ? segment(path, KEYS) : "";
        boolean keyed = PLAIN_KEY.matcher(key).matches();
        if (keyed) {
            path = path.substring(KEYS.length() + key.length());
        }
        String name = path.startsWith(AGENTS) ? segment(path, AGENTS) : "";
        boolean prefixed = AGENT.matcher(name).matches();
        if (prefixed) {
            path = path.substring(AGENTS.length() + name.length());
        }
        String prefix = request.path().substring(0, request.path().length() - path.length());
        String keyOf = keyed ? owner(key, keys) : keyOf(request, keys);
        String rest = path.isEmpty() ? "/" : path;
        if (prefixed) {
            return new Caller(name.toLowerCase(Locale.ROOT), true, keyOf, prefix, rest, NOWHERE);
        }
        if (keyOf != null && !keyOf.equals(ClientKeys.HOUSE)) {
            return new Caller(keyOf.toLowerCase(Locale.ROOT), true, keyOf, prefix, rest, NOWHERE);
        }
        String field = request.head().first("x-agent");
        if (field != null && AGENT.matcher(field).matches()) {
            return new Caller(field.toLowerCase(Locale.ROOT), true, keyOf, prefix, rest, NOWHERE);
        }
        return new Caller(byPort(port, rules), false, keyOf, prefix, rest, NOWHERE);
    }

    private static String segment(String path, String start) {
        int slash = path.indexOf('/', start.length());
        return slash < 0 ? path.substring(start.length()) : path.substring(start.length(), slash);
    }

    /** Keys that are nobody's are none: clients send made-up ones to an Ollama, which asks for none. */
    private static @Nullable String keyOf(Request request, ClientKeys keys) {
        String authorization = request.head().first("authorization");
        String owner = null;
        if (authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
            owner = owner(authorization.substring(7).strip(), keys);
        }
        String other = request.head().first("x-api-key");
        return owner == null && other != null ? owner(other, keys) : owner;
    }

    private static @Nullable String owner(String key, ClientKeys keys) {
        return key.isEmpty() || key.length() > LONGEST_KEY ? null : keys.ownerOf(key);
    }

    private static String byPort(int port, Rules rules) {
        return rules.agents().values().stream()
                .filter(rule -> rule.port() != 0 && rule.port() == port)
                .map(rule -> rule.name().toLowerCase(Locale.ROOT))
                .findFirst()
                .orElse(AgentRule.DEFAULT);
    }

    /** The same caller at this address. */
    Caller at(@Nullable InetAddress client) {
        String text = client == null ? NOWHERE : IpLiteral.text(client);
        return new Caller(agent, named, keyOf, prefix, path, text);
    }

    /** The same caller, of whom it turned out later which agent it is. */
    Caller as(@Nullable String agentOfModel) {
        return named || agentOfModel == null ? this : new Caller(agentOfModel, true, keyOf, prefix, path, address);
    }

    /** Whether it may speak for its agent: no key is needed, or one was shown. */
    boolean proven(Rules rules) {
        AgentRule rule = rules.agent(agent);
        String owner = rule.needsKey() ? rule.name() : rules.keys().needed() ? ClientKeys.HOUSE : keyOf;
        return Objects.equals(owner, keyOf);
    }

    /** What is said to a caller that is not {@link #proven}. */
    String unproven(Rules rules) {
        if (!rules.agent(agent).needsKey()) {
            return "unauthorized: a key is needed here, as a bearer token, in x-api-key, or as /k/KEY in front of the path";
        }
        return "unauthorized: agent \"" + agent
                + "\" needs one of its keys, as a bearer token, in x-api-key, or as /k/KEY" + " in front of the path";
    }
}
