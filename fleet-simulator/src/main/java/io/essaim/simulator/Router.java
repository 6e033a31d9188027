package io.essaim.simulator;

import io.netty.channel.group.ChannelGroup;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Finds the route of a request as net/http and gin do in 0.15.2, lets faults strike, and serves it. */
final class Router {
    private final Host host;
    private final ChannelGroup connections;
    private final Admin admin;
    private final Access access;
    private final Inference inference;
    private final Catalogue catalogue;
    private final Management management;
    private final CloudRoutes cloud;

    Router(Host host, ChannelGroup connections, boolean loopback) {
        this.host = host;
        this.connections = connections;
        this.admin = new Admin(host, connections);
        this.access = new Access(loopback);
        this.inference = new Inference(host);
        this.catalogue = new Catalogue(host);
        this.management = new Management(host);
        this.cloud = new CloudRoutes(host);
    }

    ChannelGroup connections() {
        return connections;
    }

    /** The path of a request target, absolute or not, percent-decoded and without its query. */
    static String path(String target) {
        String rest = target;
        int scheme = rest.indexOf("://");
        if (scheme > 0 && !rest.startsWith("/")) {
            int slash = rest.indexOf('/', scheme + 3);
            rest = slash < 0 ? "/" : rest.substring(slash);
        }
        int query = rest.indexOf('?');
        String raw = query < 0 ? rest : rest.substring(0, query);
        try {
            return QueryStringDecoder.decodeComponent(raw.replace("+", "%2B"));
        } catch (IllegalArgumentException e) {
            return raw;
        }
    }

    /** Takes the head of a request; returns where its body goes. The answer may be complete already. */
    HttpFront.Body accept(Exchange exchange, Supplier<HttpFront.Body> collected) {
        String method = exchange.request().method().name();
        Optional<Route> route = Route.of(method, exchange.path());
        boolean ollama = host.profile().dialect() == HostProfile.Dialect.OLLAMA;
        if (ollama && route.equals(Optional.of(Route.BLOB)) && access.allows(exchange)) {
            host.stats().request(Route.BLOB.label());
            return management.blobBody(exchange);
        }
        if (ollama && route.isEmpty() && !isAdmin(exchange) && HttpUtil.is100ContinueExpected(exchange.request())) {
            // Nobody reads this body, so net/http neither asks for it nor keeps the connection.
            exchange.closeAfterwards();
            serve(exchange, new byte[0]);
        }
        return collected.get();
    }

    /** Serves a request whose body is complete. */
    void serve(Exchange exchange, byte[] body) {
        if (isAdmin(exchange)) {
            admin.serve(exchange, body);
        } else if (host.profile().dialect() == HostProfile.Dialect.OPENAI) {
            cloud.serve(exchange, body);
        } else if (!Redirects.redirect(exchange) && access.admit(exchange)) {
            dispatch(exchange, body);
        }
    }

    private static boolean isAdmin(Exchange exchange) {
        return exchange.path().startsWith("/sim/");
    }

    private void dispatch(Exchange exchange, byte[] body) {
        Optional<Route> found = Route.of(exchange.request().method().name(), exchange.path());
        if (found.isEmpty()) {
            notRouted(exchange);
            return;
        }
        Route route = found.get();
        host.stats().request(route.label());
        if (FaultAct.strike(host, exchange, route.isInference(), route.generates())) {
            return;
        }
        if (route.isInference()) {
            inference.serve(route, exchange, body);
        } else if (!catalogue.serve(route, exchange, body)) {
            management.serve(route, exchange, body);
        }
    }

    private void notRouted(Exchange exchange) {
        List<String> allowed = Route.allowed(exchange.path());
        host.stats().request("other");
        if (FaultAct.strike(host, exchange, false, false)) {
            return;
        }
        if (allowed.isEmpty()) {
            exchange.whole(404, Exchange.TEXT, "404 page not found");
        } else {
            exchange.headerOnce("Allow", String.join(", ", allowed));
            exchange.whole(405, Exchange.TEXT, "405 method not allowed");
        }
    }
}
