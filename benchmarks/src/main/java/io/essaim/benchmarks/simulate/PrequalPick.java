package io.essaim.benchmarks.simulate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Prequal (Wydrowski and others, NSDI 2024), with probes that are fresher than real ones: sixteen hosts at random say how many
 * requests they have inside and how long answers took that began beside as many. Among those with less than most inside the
 * quickest wins; when all have much, the one that has least.
 */
final class PrequalPick implements Pick {
    private static final int PROBES = 16;
    private static final int REMEMBERED = 9;
    private static final int HISTORY = 128;
    private static final double HOT = 0.84;

    private final List<NavigableMap<Integer, Deque<Double>>> times = new ArrayList<>();
    private final Deque<Integer> seen = new ArrayDeque<>();
    private final Map<Request, Integer> beside = new HashMap<>();
    private final Draws draws;

    PrequalPick(Setting setting) {
        draws = setting.draws(6);
        setting.hosts().forEach(host -> times.add(new TreeMap<>()));
    }

    @Override
    public Host pick(Request request, List<Host> among) {
        List<Host> probed = probe(among);
        for (Host host : probed) {
            seen.add(host.inside());
        }
        while (seen.size() > HISTORY) {
            seen.remove();
        }
        List<Integer> sorted = seen.stream().sorted().toList();
        int hot = sorted.get(Math.min(sorted.size() - 1, (int) (sorted.size() * HOT)));
        List<Host> cold = probed.stream()
                .filter(host -> host.inside() < hot || host.inside() == 0)
                .toList();
        Host chosen =
                cold.isEmpty() ? Picks.lowest(probed, Host::inside, draws) : Picks.lowest(cold, this::expected, draws);
        beside.put(request, chosen.inside());
        return chosen;
    }

    private List<Host> probe(List<Host> among) {
        List<Host> all = new ArrayList<>(among);
        int most = Math.min(PROBES, all.size());
        for (int i = 0; i < most; i++) {
            int other = i + draws.below(all.size() - i);
            Host swapped = all.set(other, all.get(i));
            all.set(i, swapped);
        }
        return all.subList(0, most);
    }

    /** The median time of those that began beside about as many as are inside now. */
    private double expected(Host host) {
        NavigableMap<Integer, Deque<Double>> known = times.get(host.index());
        if (known.isEmpty()) {
            return EwmaPick.PRIOR / 2;
        }
        int inside = host.inside();
        Map.Entry<Integer, Deque<Double>> nearest = known.entrySet().stream()
                .min(Comparator.comparingInt(entry -> Math.abs(entry.getKey() - inside)))
                .orElseThrow();
        List<Double> sorted = nearest.getValue().stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    @Override
    public void answered(Request request, Host host, double seconds) {
        Integer inside = beside.remove(request);
        if (inside != null) {
            Deque<Double> latest = times.get(host.index()).computeIfAbsent(inside, fresh -> new ArrayDeque<>());
            latest.add(seconds);
            if (latest.size() > REMEMBERED) {
                latest.remove();
            }
        }
    }
}
