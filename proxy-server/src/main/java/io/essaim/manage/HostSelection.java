package io.essaim.manage;

import io.essaim.api.Printable;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Fleet;
import io.essaim.http.Request;
import io.essaim.model.ModelName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The hosts that an order is for: those that the client names in {@code X-Essaim-Backend}, separated by commas, {@code
 * *} for all; else those that the order needs. Any thread.
 */
final class HostSelection {
    private final List<Backend> all;
    private final List<Backend> named;

    private HostSelection(List<Backend> all, List<Backend> named) {
        this.all = all;
        this.named = named;
    }

    static HostSelection of(Fleet fleet, Request request) throws RefusedOrder {
        List<Backend> all = fleet.ollamas();
        String field = request.head().first("x-essaim-backend");
        if (field == null || field.strip().equals("*")) {
            return new HostSelection(all, field == null ? List.of() : all);
        }
        List<Backend> named = new ArrayList<>();
        for (String name : field.split(",", -1)) {
            named.add(all.stream()
                    .filter(b -> b.name().equals(name.strip()))
                    .findFirst()
                    .orElseThrow(() ->
                            new RefusedOrder(400, "X-Essaim-Backend: there is no Ollama host " + Printable.of(name))));
        }
        return new HostSelection(all, named.stream().distinct().toList());
    }

    /** Whether the client names hosts. */
    boolean named() {
        return !named.isEmpty();
    }

    /** Whether the client means this host, by name or because he leaves the choice. */
    boolean means(Backend backend) {
        return named.isEmpty() || named.contains(backend);
    }

    /**
     * The hosts that files are sent to and models are made on: those that the client names, else the heaviest living one. It is
     * the same for each of the requests that make one model, as long as it lives.
     */
    List<Backend> makers() throws RefusedOrder {
        if (named()) {
            return named;
        }
        return List.of(all.stream()
                .filter(b -> b.health() != Backend.Health.DOWN)
                .max(HostSelection::byWeight)
                .orElseThrow(() -> new RefusedOrder(503, "no Ollama host is up")));
    }

    /** The heaviest living host that has the model. */
    Optional<Backend> holder(ModelName model) {
        return all.stream()
                .filter(this::means)
                .filter(b -> b.health() != Backend.Health.DOWN && b.inventory().find(model) != null)
                .max(HostSelection::byWeight);
    }

    /** Equals in the order of the rules, the first being the greatest. */
    private static int byWeight(Backend one, Backend other) {
        return Comparator.comparingDouble((Backend b) -> b.rule().weight()).compare(one, other);
    }
}
