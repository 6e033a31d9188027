package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import io.essaim.simulator.json.GoJsonException;
import io.essaim.simulator.json.GoJsonParser;
import io.essaim.simulator.json.JsonNumber;
import io.essaim.simulator.json.JsonObject;
import io.netty.channel.group.ChannelGroup;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The routes under {@code /sim/}: faults and the state of the host. No fault strikes them but a closed listener. */
final class Admin {
    private final Host host;
    private final ChannelGroup connections;

    Admin(Host host, ChannelGroup connections) {
        this.host = host;
        this.connections = connections;
    }

    void serve(Exchange exchange, byte[] body) {
        String call = exchange.request().method().name() + " " + exchange.path();
        try {
            switch (call) {
                case "POST /sim/fault" -> {
                    host.faults().replace(parse(body));
                    listFaults(exchange);
                }
                case "DELETE /sim/fault" -> {
                    host.faults().replace(List.of());
                    listFaults(exchange);
                }
                case "GET /sim/fault" -> listFaults(exchange);
                case "GET /sim/state" -> exchange.json(200, state());
                default ->
                    exchange.refuse(
                            new Refusal(404, "no such call: use POST, GET or DELETE /sim/fault, or GET /sim/state"));
            }
        } catch (GoJsonException e) {
            exchange.refuse(new Refusal(400, e.text()));
        } catch (IllegalArgumentException e) {
            exchange.refuse(new Refusal(400, String.valueOf(e.getMessage())));
        }
    }

    private void listFaults(Exchange exchange) {
        exchange.whole(200, Exchange.JSON, FaultAct.describe(host.faults().active()));
    }

    private static List<Fault> parse(byte[] body) throws GoJsonException {
        Object value = GoJsonParser.parse(body);
        List<Fault> faults = new ArrayList<>();
        for (Object each : value instanceof List<?> list ? list : java.util.Collections.singletonList(value)) {
            faults.add(one(each));
        }
        return faults;
    }

    private static Fault one(@Nullable Object value) {
        if (!(value instanceof JsonObject object) || !(object.exact("kind") instanceof String kind)) {
            throw new IllegalArgumentException("a fault is an object with a kind, such as {\"kind\":\"silence\"}");
        }
        Fault fault = Fault.of(Fault.Kind.named(kind));
        for (JsonObject.Member member : object.members()) {
            if (!member.key().equals("kind")) {
                Object setting = member.value();
                String text = setting instanceof JsonNumber number ? number.literal() : String.valueOf(setting);
                fault = fault.with(member.key(), text);
            }
        }
        return fault;
    }

    private Object state() {
        HostState state = state(host, connections);
        return GoJson.object(
                "profile", host.profile().name(),
                "inFlight", state.inFlight(),
                "waiting", state.waiting(),
                "loads",
                        GoJson.object(
                                "started", state.loads().started(),
                                "aborted", state.loads().aborted(),
                                "finished", state.loads().finished()),
                "generations",
                        GoJson.object(
                                "started", state.generations().started(),
                                "finished", state.generations().finished(),
                                "cancelled", state.generations().cancelled()),
                "requests", GoJson.sorted(state.requests()),
                "loadedModels", state.loadedModels(),
                "connections", state.connections(),
                "faultsInjected", state.faultsInjected());
    }

    static HostState state(Host host, ChannelGroup connections) {
        List<String> loaded = new ArrayList<>();
        for (Runner runner : host.scheduler().listed()) {
            loaded.add(runner.model().name().display());
        }
        return host.stats().snapshot(connections.size(), loaded);
    }
}
