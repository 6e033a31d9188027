package io.essaim.benchmarks.simulate;

import io.essaim.benchmarks.simulate.Fault.Kind;
import io.essaim.benchmarks.simulate.HostSpec.Tariff;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The fleets and what befalls them. Figures are measured ones of such machines, rounded; only ratios mean something. */
final class Scenarios {
    static final String HOME = "home";
    static final String FLEET = "fleet";
    static final String BLACKHOLE = "blackhole";

    private static final int HOUR = 3600;
    private static final int MINUTE = 60;

    /** A virtual machine with a few x86 cores. */
    private static final HostSpec DEV2 = new HostSpec("dev2", 4, 30, 0.45, 250, 1, 6, 2, 8, 0.01, null);

    private static final HostSpec PI = new HostSpec("pi", 1, 5, 0.9, 25, 1, 45, 1, 2, 0.01, null);

    private static final HostSpec CLOUD =
            new HostSpec("cloud", 32, 80, 0, 4000, 0, 0, 99, 0, 0.6, new Tariff(0.3e-6, 1.5e-6));

    private static final HostSpec LARGE = new HostSpec("large", 4, 60, 0.15, 2500, 1, 4, 3, 16, 0.01, null);
    private static final HostSpec MEDIUM = new HostSpec("medium", 4, 30, 0.45, 400, 1, 8, 2, 10, 0.01, null);
    private static final HostSpec SMALL = new HostSpec("small", 2, 12, 0.6, 100, 1, 20, 1, 4, 0.01, null);

    private Scenarios() {}

    /** Four hours at home, by what befalls dev2. */
    static Map<String, Scenario> home() {
        Map<String, Scenario> all = new LinkedHashMap<>();
        all.put("steady", home("steady", 0.02, List.of()));
        all.put("busy", home("busy", 0.05, List.of()));
        all.put("killed", home("killed", 0.02, hourly(Kind.KILL, Kind.REVIVE, 20 * MINUTE)));
        all.put("slow10", home("slow10", 0.02, hourly(Kind.SLOW, Kind.NORMAL, 20 * MINUTE)));
        all.put(BLACKHOLE, home(BLACKHOLE, 0.02, hourly(Kind.FREEZE, Kind.THAW, 10 * MINUTE)));
        List<Fault> flapping = new ArrayList<>();
        for (int at = HOUR; at < 3 * HOUR; at += MINUTE) {
            flapping.add(new Fault(at, 0, Kind.KILL));
            flapping.add(new Fault(at + 25, 0, Kind.REVIVE));
        }
        all.put("flapping", home("flapping", 0.02, flapping));
        return all;
    }

    private static Scenario home(String fault, double conversations, List<Fault> faults) {
        Load load = new Load(conversations, 4 * HOUR, 10 * MINUTE, 4, 25, 350, 0.9, 6000, 150, 1.1, 2048, 180);
        List<ModelSpec> models =
                List.of(new ModelSpec("llama3.2:latest", 1, 0.7), new ModelSpec("qwen2.5-coder:1.5b", 0.4, 0.3));
        return new Scenario(
                HOME,
                fault,
                List.of(DEV2, PI, CLOUD),
                models,
                load,
                faults,
                15,
                0.15,
                0.3,
                List.of(List.of(0, 1), List.of(1), List.of()),
                0.12);
    }

    private static List<Fault> hourly(Kind begin, Kind end, double seconds) {
        List<Fault> faults = new ArrayList<>();
        for (int hour = 1; hour <= 3; hour++) {
            faults.add(new Fault(hour * HOUR, 0, begin));
            faults.add(new Fault(hour * HOUR + seconds, 0, end));
        }
        return faults;
    }

    /** Four minutes of 200 unequal hosts, of which ten become slow and ten die, and whose operator is badly informed. */
    static Scenario fleet() {
        List<HostSpec> hosts = new ArrayList<>();
        add(hosts, LARGE, 60);
        add(hosts, MEDIUM, 80);
        add(hosts, SMALL, 60);
        List<Fault> faults = new ArrayList<>();
        for (int host = 0; host < hosts.size(); host += 20) {
            faults.add(new Fault(90, host, Kind.SLOW));
            faults.add(new Fault(120, host + 7, Kind.KILL));
        }
        Load load = new Load(6.25, 240, 60, 4, 15, 500, 0.9, 8000, 150, 1.1, 2048, 60);
        double[] shares = {0.35, 0.22, 0.15, 0.12, 0.09, 0.07};
        double[] sizes = {1, 0.5, 1, 0.4, 1.5, 0.4};
        List<ModelSpec> models = new ArrayList<>();
        for (int i = 0; i < shares.length; i++) {
            models.add(new ModelSpec("model" + i + ":latest", sizes[i], shares[i]));
        }
        return new Scenario(FLEET, "mixed", hosts, models, load, faults, 4, 0.1, 1.0, List.of(), 0);
    }

    private static void add(List<HostSpec> hosts, HostSpec kind, int count) {
        for (int i = 0; i < count; i++) {
            hosts.add(kind.named(kind.name() + i));
        }
    }
}
