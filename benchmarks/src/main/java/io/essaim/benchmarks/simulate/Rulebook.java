package io.essaim.benchmarks.simulate;

import io.essaim.config.InvalidRules;
import io.essaim.config.Rules;
import io.essaim.config.RulesLoader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The rules that an operator would write for a simulated fleet who knows the slots of the hosts, and of their speed more or less
 * wrong figures. A cloud stands beside one's own hosts with so low a weight that only a long wait or a slow host makes it the
 * cheapest.
 */
final class Rulebook {
    /** Of a cloud, against 1 of one's own. */
    private static final double CLOUD_WEIGHT = 0.14;

    private Rulebook() {}

    static Rules of(Setting setting) {
        Draws draws = setting.draws(5);
        List<String> backends = new ArrayList<>();
        List<String> tier = new ArrayList<>();
        for (Host host : setting.hosts()) {
            HostSpec spec = host.spec();
            double error = setting.believedCapacity(host) / spec.capacity();
            backends.add(String.format(
                    Locale.ROOT,
                    "\"%s\":{\"url\":\"http://127.0.0.1:%d\",\"slots\":%d,\"zone\":\"%s\",\"weight\":%s,"
                            + "\"speed\":{\"machine\":\"%s\",\"tokensPerSecond\":%.3f,\"promptTokensPerSecond\":%.3f}}",
                    spec.name(),
                    20000 + host.index(),
                    spec.slots(),
                    spec.cloud() ? "cloud" : "lan",
                    spec.cloud() ? CLOUD_WEIGHT : 1,
                    machine(spec),
                    spec.decode() * error,
                    draws.logNormal(spec.prefill(), setting.scenario().error())));
            tier.add('"' + spec.name() + '"');
        }
        String json = "{\"backends\":{" + String.join(",", backends) + "},\"routes\":[{\"models\":[\"*\"],\"tiers\":[["
                + String.join(",", tier) + "]]}]}";
        try {
            return RulesLoader.load("simulated", json.getBytes(StandardCharsets.UTF_8));
        } catch (InvalidRules e) {
            throw new IllegalStateException("the simulation writes rules that are none", e);
        }
    }

    private static String machine(HostSpec spec) {
        if (spec.cloud()) {
            return "cloud";
        }
        if (spec.decode() >= 60) {
            return "gpu";
        }
        return spec.decode() > 10 ? "cpu" : "small-board";
    }
}
