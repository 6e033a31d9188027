package io.essaim.frontend;

import io.essaim.api.Operation;
import io.essaim.api.Printable;
import io.essaim.config.Rules;
import io.essaim.http.Answer;
import io.essaim.http.BadMessage;
import io.essaim.http.Request;
import io.essaim.listen.HostPolicy;
import io.essaim.secret.ClientKeys;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decides from the head of a request whether it is admitted and what it asks for: network, Host, Origin, path, agent,
 * key, rights. What is decided on is what is used afterwards. Immutable; any thread.
 */
public final class AdmissionControl {
    private static final Answer NOTHING = new Answer(204, "", new byte[0], List.of(), false);
    private static final Answer NOT_ALLOWED = Answer.text(405, "text/plain", "405 method not allowed");

    private final Rules rules;
    private final ClientKeys keys;
    private final HostPolicy hosts;
    private final Cors cors;

    public AdmissionControl(Rules rules, ClientKeys keys) {
        this.rules = rules;
        this.keys = keys;
        this.hosts = new HostPolicy(rules.listen().hosts());
        this.cors = new Cors(rules.listen().origins());
    }

    /** What becomes of a request. */
    sealed interface Decision {}

    /** Answer this, and read nothing more of it. */
    record Refuse(Answer answer) implements Decision {}

    /**
     * Let it in.
     *
     * @param request the request without what names the agent or is its key
     * @param caller who sent it
     * @param fields what the answer must carry whatever it is
     */
    record Admit(Operation operation, Request request, Caller caller, List<String> fields) implements Decision {}

    /**
     * Who sends a request.
     *
     * @param peer whose connection it came by; null when that is no network's
     * @throws BadMessage when that is a proxy that is trusted and does not tell
     */
    @Nullable
    InetAddress client(@Nullable InetAddress peer, Request request) throws BadMessage {
        return peer == null ? null : ClientAddress.of(peer, request.head(), rules.listen());
    }

    /**
     * @param client who sends it
     * @param port the port of ours that it came to
     */
    Decision decide(Request request, @Nullable InetAddress client, int port) {
        if (!allowed(client)) {
            return new Refuse(
                    Answer.refusal(403, "connections from this address are not allowed: see listen.allow in the rules")
                            .with("X-Essaim-Reason: address"));
        }
        Caller caller = Caller.of(request, port, rules, keys).at(client);
        String path = caller.path();
        Operation operation = Operation.of(path);
        if (operation == null) {
            Answer redirect = Redirect.of(request, caller.prefix(), path);
            if (redirect != null) {
                return new Refuse(bodyless(request, redirect));
            }
        }
        Cors.Verdict verdict = cors.judge(request);
        List<String> fields = verdict instanceof Cors.Allowed allowed ? allowed.fields() : List.of();
        Answer refusal = refusal(request, operation, caller, verdict);
        return refusal != null
                ? new Refuse(bodyless(request, refusal).with(fields))
                : new Admit(Objects.requireNonNull(operation), request.withPath(path), caller, fields);
    }

    /** An answer to the head alone: a body that follows is not read, and the connection ends. */
    private static Answer bodyless(Request request, Answer answer) {
        return request.hasBody() ? answer.closing() : answer;
    }

    private @Nullable Answer noRight(Operation operation, Caller caller) {
        if (operation.manages() && !rules.mayManage(caller.agent())) {
            return Answer.error(operation.surface(), 403, notAllowed(caller.path(), caller.agent()), "")
                    .with("X-Essaim-Reason: not_allowed");
        }
        // Who shows no key at all is nobody for whom the name of a model could speak later.
        boolean told = caller.named() || operation.manages() || caller.keyOf() == null && rules.everybodyNeedsKey();
        return told && operation.needsProof() && !caller.proven(rules) ? unproven(operation, caller, rules) : null;
    }

    /** The answer to a caller that claims to be an agent and shows no key of it. */
    static Answer unproven(Operation operation, Caller caller, Rules rules) {
        return Answer.error(operation.surface(), 401, caller.unproven(rules), "")
                .with(List.of("WWW-Authenticate: Bearer", "X-Essaim-Reason: no_key"));
    }

    private static String notAllowed(String path, String agent) {
        return path + " changes the hosts, which agent \"" + agent
                + "\" may not: set \"manage\": true for it in the rules, or at their top for everybody";
    }

    private @Nullable Answer refusal(
            Request request, @Nullable Operation operation, Caller caller, Cors.Verdict verdict) {
        Answer answer = foreign(request, operation, verdict);
        if (answer == null) {
            answer = wrongRoute(request, operation);
        }
        if (answer == null && operation != null) {
            answer = noRight(operation, caller);
        }
        return answer == null && operation != Operation.BLOB ? unreadable(request) : answer;
    }

    private @Nullable Answer foreign(Request request, @Nullable Operation operation, Cors.Verdict verdict) {
        boolean options = request.method().equals("OPTIONS");
        String allow = operation == null ? "" : operation.allow();
        if (request.method().equals("CONNECT")) {
            return NOT_ALLOWED.with("Allow: GET, HEAD, POST").closing();
        }
        if (request.host() != null && !hosts.allows(request.host())) {
            return Answer.refusal(
                    403, "the host " + request.host() + " is not served here: add it to listen.hosts in the rules");
        }
        if (verdict instanceof Cors.Refused) {
            return Answer.refusal(
                    403,
                    "pages of this web site are not allowed to ask: add its origin to listen.origins in the rules");
        }
        if (request.path().equals("*")) {
            return NOTHING.with("Allow: GET, HEAD, POST, OPTIONS");
        }
        if (options && verdict instanceof Cors.Allowed allowed) {
            Answer preflight = new Answer(204, "", new byte[0], allowed.preflight(), false);
            return allow.isEmpty() ? preflight : preflight.with("Allow: " + allow);
        }
        // Ollama's host check, which is for names only, answers OPTIONS by itself.
        boolean named = request.host() != null && !HostPolicy.isAddress(request.host());
        return options && named && !allow.isEmpty() ? NOTHING.with("Allow: " + allow) : null;
    }

    private static @Nullable Answer wrongRoute(Request request, @Nullable Operation operation) {
        if (operation == null) {
            return Answer.text(404, "text/plain", "404 page not found");
        }
        if (operation.allows(request.method())) {
            return null;
        }
        Answer answer = NOT_ALLOWED.with("Allow: " + operation.allow());
        return request.method().equals("TRACE") ? answer.closing() : answer;
    }

    private @Nullable Answer unreadable(Request request) {
        String coding = request.head().first("content-encoding");
        if (coding != null && !coding.equalsIgnoreCase("identity")) {
            return Answer.refusal(
                    415, "the content coding " + Printable.of(coding) + " is not read here: send it plain");
        }
        String type = request.head().first("content-type");
        if (type != null && !utf8(type.toLowerCase(Locale.ROOT))) {
            return Answer.refusal(415, "JSON is UTF-8: another charset is not read here");
        }
        return null;
    }

    private static boolean utf8(String type) {
        int at = type.indexOf("charset=");
        return at < 0 || type.substring(at + 8).replace("\"", "").strip().startsWith("utf-8");
    }

    private boolean allowed(@Nullable InetAddress client) {
        if (client == null) {
            return true; // Not a network connection.
        }
        return rules.listen().allows(client);
    }
}
