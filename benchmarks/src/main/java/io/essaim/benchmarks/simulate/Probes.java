package io.essaim.benchmarks.simulate;

import io.essaim.fleet.Backend;
import io.essaim.fleet.Backend.Doubt;
import io.essaim.fleet.Backend.Health;
import io.essaim.fleet.Inventory.Installed;
import io.essaim.fleet.Inventory.Loaded;
import io.essaim.model.ModelName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The watch over one host as the proxy keeps it ({@code io.essaim.probe.HostProbe}, which needs sockets): the same times and the
 * same consequences. A list of loaded models does not come while a model is being loaded, as in Ollama.
 */
final class Probes {
    private static final double ALIVE = 2;
    private static final double JITTER = 0.4;
    private static final double SILENCE = 2;
    private static final double SOON = 0.1;
    private static final double LOADED = 5;
    private static final int SILENCES = 2;

    private final Backend backend;
    private final Host host;
    private final List<ModelName> models;
    private final Clock clock;
    private final Draws draws;
    private int silences;
    private int plan;
    private boolean probing;
    private double nextAt;
    private double loadedAsked = Double.NEGATIVE_INFINITY;

    Probes(Backend backend, Host host, List<ModelName> models, Setting setting) {
        this.backend = backend;
        this.host = host;
        this.models = models;
        this.clock = setting.clock();
        this.draws = setting.draws(1000 + host.index());
    }

    void start() {
        backend.watchedBy(this::doubted);
        answered();
    }

    private void doubted(Doubt doubt) {
        if (doubt == Doubt.INVENTORY) {
            loadedAsked = Double.NEGATIVE_INFINITY;
        }
        if (!probing && nextAt - clock.now() > SOON) {
            again(SOON);
        }
    }

    private void again(double seconds) {
        int newest = ++plan;
        nextAt = clock.now() + seconds;
        clock.in(seconds, () -> {
            if (newest == plan) {
                probe();
            }
        });
    }

    private void probe() {
        probing = true;
        clock.in(host.up() && host.frozen() ? SILENCE : 0, this::answered);
    }

    private void answered() {
        probing = false;
        if (!host.up()) {
            silent(true, "connection refused");
        } else if (host.frozen()) {
            silent(false, "no answer within 2 s");
        } else {
            alive();
        }
        again(ALIVE + JITTER * (2 * draws.uniform() - 1));
    }

    private void silent(boolean refused, String why) {
        silences++;
        boolean dead = refused || silences >= SILENCES || backend.health() == Health.UNKNOWN;
        if (dead && backend.health() != Health.DOWN) {
            backend.down(why);
        }
    }

    private void alive() {
        silences = 0;
        boolean cameBack = backend.health() != Health.UP;
        backend.up();
        if (!backend.inventory().known()) {
            Map<String, Installed> installed = new LinkedHashMap<>();
            models.forEach(name -> installed.put(name.key(), new Installed(name, name.shortest(), row(name))));
            backend.learn(known -> known.withInstalled(installed));
        }
        if ((cameBack || clock.now() - loadedAsked > LOADED) && host.memory().loading() == null) {
            loadedAsked = clock.now();
            List<Loaded> loaded = new ArrayList<>();
            for (int model = 0; model < models.size(); model++) {
                if (host.warm(model)) {
                    loaded.add(new Loaded(models.get(model).key(), row(models.get(model))));
                }
            }
            backend.learn(known -> known.withLoaded(loaded, clock.nanos()));
        }
    }

    private static ObjectNode row(ModelName name) {
        return JsonNodeFactory.instance.objectNode().put("name", name.shortest());
    }
}
