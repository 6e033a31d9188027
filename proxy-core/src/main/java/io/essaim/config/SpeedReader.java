package io.essaim.config;

import io.essaim.config.SpeedRule.Machine;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Reads {@code speed} of backends. */
final class SpeedReader {
    private static final double FASTEST = 1_000_000;

    private SpeedReader() {}

    static SpeedRule read(Spot spot) {
        Section section = spot.section("machine", "tokensPerSecond", "promptTokensPerSecond");
        Machine machine = section.get("machine").flatMap(SpeedReader::machine).orElse(null);
        return new SpeedRule(machine, rate(section, "tokensPerSecond"), rate(section, "promptTokensPerSecond"));
    }

    private static Optional<Machine> machine(Spot spot) {
        Optional<String> text = spot.text();
        Optional<Machine> machine = text.flatMap(word -> Arrays.stream(Machine.values())
                .filter(m -> m.key().equals(word))
                .findFirst());
        if (text.isPresent() && machine.isEmpty()) {
            List<String> known =
                    Arrays.stream(Machine.values()).map(Machine::key).toList();
            spot.refuse("unknown machine \"" + text.get() + "\"", Nearest.hint(text.get(), known));
        }
        return machine;
    }

    private static double rate(Section section, String key) {
        Optional<Spot> spot = section.get(key);
        Optional<Double> rate = spot.flatMap(Spot::number);
        if (rate.isPresent() && !(rate.get() > 0 && rate.get() <= FASTEST)) {
            spot.get().refuse("not above 0 and up to 1000000", "leave it out if you do not know");
            return 0;
        }
        return rate.orElse(0.0);
    }
}
