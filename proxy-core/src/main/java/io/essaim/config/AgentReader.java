package io.essaim.config;

import io.essaim.config.Node.Member;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code agents}. */
final class AgentReader {
    /** Clouds have naming rules of their own; what no name can hold is spaces and control characters. */
    private static final Pattern CLOUD_MODEL = Pattern.compile("[!-~]{1,256}");

    private AgentReader() {}

    static Map<String, AgentRule> read(Optional<Spot> spot, Map<String, Optional<Dialect>> backends) {
        Map<String, AgentRule> agents = new LinkedHashMap<>();
        if (spot.isPresent()) {
            for (Member member : spot.get().members()) {
                Section section = Names.named(spot.get(), member).section("cloud", "manage");
                List<CloudEntry> cloud =
                        section.get("cloud").map(list -> cloud(list, backends)).orElse(List.of());
                Boolean manage = section.get("manage").flatMap(Spot::flag).orElse(null);
                agents.put(member.key(), new AgentRule(member.key(), manage, cloud));
            }
        }
        return agents;
    }

    private static List<CloudEntry> cloud(Spot spot, Map<String, Optional<Dialect>> backends) {
        List<CloudEntry> entries = new ArrayList<>();
        for (Spot item : spot.atLeastOne("leave the key out if requests must stay local")) {
            Section section = item.section("backend", "model");
            Optional<String> backend = section.require("backend", "the name of a backend")
                    .flatMap(value -> BackendRef.read(value, backends, Dialect.OPENAI));
            Optional<String> model =
                    section.require("model", "the model as that cloud names it").flatMap(AgentReader::model);
            if (backend.isPresent() && model.isPresent()) {
                CloudEntry entry = new CloudEntry(backend.get(), model.get());
                if (entries.contains(entry)) {
                    item.refuse("listed twice", "remove one of them");
                }
                entries.add(entry);
            }
        }
        return entries;
    }

    private static Optional<String> model(Spot spot) {
        Optional<String> model = spot.text();
        if (model.isPresent() && !CLOUD_MODEL.matcher(model.get()).matches()) {
            spot.refuse("not a model name", "1 to 256 printable ASCII characters without spaces");
        }
        return model;
    }
}
