package io.essaim.benchmarks.simulate;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What careful operators build: a conversation stays where it was while there is not twice as much as slots; else a host that
 * has the model in memory (of which it is told the truth at once), and of those the least loaded for its weight.
 */
final class StickyPick implements Pick {
    private final Setting setting;
    private final int[] inFlight;
    private final Map<Long, Host> homes = new HashMap<>();

    StickyPick(Setting setting, int[] inFlight) {
        this.setting = setting;
        this.inFlight = inFlight;
    }

    @Override
    public Host pick(Request request, List<Host> among) {
        Host home = homes.get(request.conversation);
        if (home != null
                && among.contains(home)
                && inFlight[home.index()] < 2 * home.spec().slots()) {
            return home;
        }
        List<Host> warm =
                among.stream().filter(host -> host.warm(request.model)).toList();
        Host chosen = Picks.leastForItsWeight(setting, inFlight, warm.isEmpty() ? among : warm);
        homes.put(request.conversation, chosen);
        return chosen;
    }
}
