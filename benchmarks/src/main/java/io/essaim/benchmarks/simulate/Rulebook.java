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
 * wrong figures. At home the Raspberry Pi is the standby; clouds stand in no route, since they are the agent's.
 */
final class Rulebook {
    private Rulebook() {}

    static Rules of(Setting setting) {
        Draws draws = setting.draws(5);
        List<String> backends = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (Host host : setting.hosts()) {
            HostSpec spec = host.spec();
            double error = setting.believedCapacity(host) / spec.capacity();
            double prefill = draws.logNormal(spec.prefill(), setting.scenario().error());
            if (spec.cloud()) {
                continue;
            }
            backends.add(String.format(
                    Locale.ROOT,
                    "\"%s\":{\"url\":\"http://127.0.0.1:%d\",\"slots\":%d,\"zone\":\"lan\","
                            + "\"speed\":{\"machine\":\"%s\",\"tokensPerSecond\":%.3f,\"promptTokensPerSecond\":%.3f}}",
                    spec.name(),
                    20000 + host.index(),
                    spec.slots(),
                    machine(spec),
                    spec.decode() * error,
                    prefill));
            names.add('"' + spec.name() + '"');
        }
        String tiers = String.join(setting.scenario().tiered() ? "],[" : ",", names);
        String json = "{\"backends\":{" + String.join(",", backends) + "},\"routes\":[{\"models\":[\"*\"],\"tiers\":[["
                + tiers + "]]}]}";
        try {
            return RulesLoader.load("simulated", json.getBytes(StandardCharsets.UTF_8));
        } catch (InvalidRules e) {
            throw new IllegalStateException("the simulation writes rules that are none", e);
        }
    }

    private static String machine(HostSpec spec) {
        if (spec.decode() >= 60) {
            return "gpu";
        }
        return spec.decode() > 10 ? "cpu" : "small-board";
    }
}
