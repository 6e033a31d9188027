package io.essaim.relay;

import io.essaim.api.Operation;
import io.essaim.config.Cidr;
import io.essaim.config.Rules;
import io.essaim.http.Request;
import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Decides from a request's head alone whether it may come in and what it asks for: who may connect, which hosts and origins
 * are ours, which paths exist. What it decides on is what is used afterwards. Immutable; any thread.
 */
final class Gatekeeper {
    private static final Pattern AGENT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final String PREFIX = "/agents/";
    private static final String DEFAULT_AGENT = "default";

    private final Rules rules;
    private final HostPolicy hosts;

    Gatekeeper(Rules rules) {
        this.rules = rules;
        this.hosts = new HostPolicy(rules.listen().hosts());
    }

    /** What becomes of a request. */
    sealed interface Decision {}

    /** Answer this, and read nothing more of it. */
    record Refuse(Answer answer) implements Decision {}

    /**
     * Let it in.
     *
     * @param request the request without its agent prefix
     * @param agent the agent's name
     */
    record Admit(Operation operation, Request request, String agent) implements Decision {}

    Decision decide(Request request, @Nullable InetAddress peer) {
        Answer refusal = refusal(request, peer);
        if (refusal != null) {
            return new Refuse(refusal);
        }
        String agent = DEFAULT_AGENT;
        String path = request.path();
        if (path.startsWith(PREFIX)) {
            int slash = path.indexOf('/', PREFIX.length());
            String name = slash < 0 ? path.substring(PREFIX.length()) : path.substring(PREFIX.length(), slash);
            if (AGENT.matcher(name).matches()) {
                agent = name.toLowerCase(Locale.ROOT);
                path = slash < 0 ? "/" : path.substring(slash);
            }
        }
        Operation operation = Operation.of(path);
        boolean close = request.hasBody();
        if (operation == null) {
            Answer answer = Answer.text(404, "text/plain", "404 page not found");
            return new Refuse(close ? answer.closing() : answer);
        }
        if (!operation.allows(request.method())) {
            Answer answer =
                    Answer.text(405, "text/plain", "405 method not allowed").with("Allow: " + operation.allow());
            boolean tunnel =
                    request.method().equals("TRACE") || request.method().equals("CONNECT");
            return new Refuse(close || tunnel ? answer.closing() : answer);
        }
        return new Admit(operation, request.withPath(path), agent);
    }

    private @Nullable Answer refusal(Request request, @Nullable InetAddress peer) {
        if (!allowed(peer)) {
            return Answer.refusal(403, "connections from this address are not allowed: see listen.allow in the rules");
        }
        if (request.method().equals("CONNECT")) {
            return Answer.text(405, "text/plain", "405 method not allowed")
                    .with("Allow: GET, HEAD, POST")
                    .closing();
        }
        if (request.host() != null && !hosts.allows(request.host())) {
            return Answer.refusal(
                    403, "the host " + request.host() + " is not served here: add it to listen.hosts in the rules");
        }
        if (!hosts.allowsOrigin(request)) {
            return Answer.refusal(403, "requests from other web sites are not allowed");
        }
        if (request.path().equals("*")) {
            return new Answer(204, "", new byte[0], java.util.List.of("Allow: GET, HEAD, POST, OPTIONS"), false);
        }
        String coding = request.head().first("content-encoding");
        if (coding != null && !coding.equalsIgnoreCase("identity")) {
            return Answer.refusal(
                    415, "the content coding " + Printable.of(coding) + " is not read here: send it plain");
        }
        String type = request.head().first("content-type");
        if (type != null && !utf8(type.toLowerCase(Locale.ROOT))) {
            return Answer.refusal(415, "JSON is UTF-8: another charset is not read here");
        }
        if (request.length() > rules.limits().maxBody()) {
            return Answer.refusal(
                    413, "the body is larger than " + rules.limits().maxBody() + " bytes");
        }
        return null;
    }

    private static boolean utf8(String type) {
        int at = type.indexOf("charset=");
        return at < 0 || type.substring(at + 8).replace("\"", "").strip().startsWith("utf-8");
    }

    private boolean allowed(@Nullable InetAddress peer) {
        if (peer == null) {
            return true; // Not a network connection.
        }
        for (Cidr network : rules.listen().allow()) {
            if (network.contains(peer)) {
                return true;
            }
        }
        return false;
    }
}
