package io.essaim.admin;

import io.essaim.config.Admin;
import io.essaim.config.Listen;
import io.essaim.fleet.Backend;
import io.essaim.http.Answer;
import io.essaim.http.Request;
import io.essaim.listen.HostPolicy;
import io.essaim.why.RequestTrace;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The answers of the admin listener, and who gets them. Any event loop. */
final class AdminRoutes {
    private static final String WHY = "/why/";
    private static final int LISTED = 50;
    private static final String HTML = "text/html; charset=utf-8";

    private static final StatusPage PAGE = StatusPage.load();

    private final AdminView view;
    private final HostPolicy hosts;
    private final Status status;
    private final Explanation explanation;
    private final List<String> fields;

    AdminRoutes(Admin admin, AdminView view, Status status) {
        this.view = view;
        this.hosts = new HostPolicy(names(admin, view.rules().listen()));
        this.status = status;
        this.explanation = new Explanation(view);
        this.fields = List.of(
                "Cache-Control: no-store",
                "Content-Security-Policy: " + PAGE.policy(),
                "X-Content-Type-Options: nosniff",
                "Referrer-Policy: no-referrer",
                "Cross-Origin-Resource-Policy: same-origin");
    }

    private static List<String> names(Admin admin, Listen listen) {
        List<String> names = new ArrayList<>(listen.hosts());
        names.add(admin.host().toLowerCase(Locale.ROOT));
        return names;
    }

    /** @param peer where the request comes from; null when that is no network */
    Answer answer(Request request, @Nullable InetAddress peer) {
        return decide(request, peer).with(fields);
    }

    /** A request that cannot be understood; the connection cannot be used for another. */
    Answer refusal(int status, String why) {
        return text(status, why).closing().with(fields);
    }

    private Answer decide(Request request, @Nullable InetAddress peer) {
        if (!allowed(peer)) {
            return text(403, "connections from this address are not allowed: see listen.allow in the rules");
        }
        // Or a web page under a name that resolves to us could read all this (DNS rebinding).
        if (request.host() != null && !hosts.allows(request.host())) {
            return text(403, "the host " + request.host() + " is not served here: add it to listen.hosts in the rules");
        }
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            return text(405, "only GET and HEAD are served here").with("Allow: GET, HEAD");
        }
        if (request.path().startsWith(WHY)) {
            return why(request.path().substring(WHY.length()));
        }
        return switch (request.path()) {
            case "/" -> Answer.text(200, HTML, PAGE.html());
            case "/status" -> Answer.json(status.json());
            case "/why" ->
                Answer.json(TraceJson.list(
                        view.activity().traces().latest(LISTED), view.ticker().nanos()));
            case "/explain" -> explanation.answer(request.query());
            case "/healthz" -> text(200, "alive");
            case "/readyz" -> ready();
            default ->
                text(
                        404,
                        "there is no such page: /, /status, /why, /why/ID, /explain, /healthz and /readyz are served here");
        };
    }

    /** Clients on this machine are allowed: the default address of the listener is open to no other. */
    private boolean allowed(@Nullable InetAddress peer) {
        return peer == null || peer.isLoopbackAddress() || view.rules().listen().allows(peer);
    }

    /** The story of one request; ids are hexadecimal, so nothing in the path has to be decoded. */
    private Answer why(String id) {
        RequestTrace story = view.activity().traces().find(id);
        return story == null
                ? text(
                        404,
                        "there is no such request: ids stand in X-Essaim-Route-Id of every answer, and only the latest are kept")
                : Answer.json(TraceJson.of(story, view.ticker().nanos()));
    }

    private Answer ready() {
        if (status.stopping()) {
            return text(503, "not ready: stopping");
        }
        boolean living = view.fleet().ollamas().stream().anyMatch(host -> host.health() != Backend.Health.DOWN);
        return living ? text(200, "ready") : text(503, "not ready: all hosts are down");
    }

    private static Answer text(int status, String line) {
        return Answer.text(status, Answer.TEXT, line + "\n");
    }
}
