package io.essaim.config;

import io.essaim.config.Node.Member;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code agents}, and the keys of the house, since no key may be two's. */
final class AgentReader {
    /** Clouds have naming rules of their own; what no name can hold is spaces and control characters. */
    private static final Pattern CLOUD_MODEL = Pattern.compile("[!-~]{1,256}");

    private static final String[] KEYS = {
        "models",
        "model",
        "routes",
        "zone",
        "cloud",
        "gate",
        "budget",
        "rate",
        "concurrency",
        "class",
        "numCtx",
        "think",
        "keepAlive",
        "rescue",
        "hedge",
        "keys",
        "keysFile",
        "manage",
        "port"
    };

    private final Map<KeyHash, String> owners = new HashMap<>();
    private final Map<String, String> files = new HashMap<>();

    /** The keys that the section holds. */
    KeyRule keys(Section section) {
        List<KeyHash> keys = section.get("keys").map(list -> keys(list, owners)).orElse(List.of());
        String file =
                section.get("keysFile").flatMap(path -> keysFile(path, files)).orElse(null);
        return new KeyRule(keys, file);
    }

    Map<String, AgentRule> read(Optional<Spot> spot, BackendReader backends, Listen listen) {
        Map<String, AgentRule> agents = new LinkedHashMap<>();
        Map<Integer, String> ports = new HashMap<>(Map.of(listen.port(), "listen"));
        if (spot.isPresent()) {
            for (Member member : spot.get().members()) {
                Spot named = Names.named(spot.get(), member);
                name(member.key(), agents, named);
                agents.put(member.key(), agent(member.key(), named, backends, ports));
            }
        }
        return agents;
    }

    private AgentRule agent(String name, Spot spot, BackendReader backends, Map<Integer, String> ports) {
        Section section = spot.section(KEYS);
        Profile profile = ProfileReader.read(section, backends);
        List<CloudEntry> cloud = section.get("cloud")
                .map(list -> cloud(list, backends, profile.zone()))
                .orElse(List.of());
        Boolean manage = section.get("manage").flatMap(Spot::flag).orElse(null);
        KeyRule keys = keys(section);
        int port = section.integer("port", 0, 1, ListenReader.MAX_PORT);
        String other = port == 0 ? null : ports.putIfAbsent(port, spot.path());
        if (other != null) {
            section.get("port").orElse(spot).refuse("the same port as " + other, "choose another port");
        }
        ContextRule numCtx = ContextReader.read(section.get("numCtx"));
        Priority priority = section.get("class").flatMap(AgentReader::priority).orElse(Priority.INTERACTIVE);
        BudgetRule budget = section.get("budget").map(BudgetReader::read).orElse(BudgetRule.NONE);
        return new AgentRule(name, manage, keys.keys(), keys.file(), port, numCtx, priority, cloud, budget, profile);
    }

    /** Agents are also named in tags of models and compared in any case. */
    private static void name(String name, Map<String, AgentRule> earlier, Spot spot) {
        if (name.equalsIgnoreCase("latest")) {
            spot.refuse("\"latest\" is a tag of every model", "name the agent otherwise");
        }
        earlier.keySet().stream()
                .filter(name::equalsIgnoreCase)
                .findFirst()
                .ifPresent(other -> spot.refuse("the same agent as \"" + other + "\"", "case does not count"));
    }

    private static Optional<Priority> priority(Spot spot) {
        Optional<String> text = spot.text();
        Optional<Priority> priority = text.flatMap(word -> Arrays.stream(Priority.values())
                .filter(p -> p.key().equals(word))
                .findFirst());
        if (text.isPresent() && priority.isEmpty()) {
            List<String> known =
                    Arrays.stream(Priority.values()).map(Priority::key).toList();
            spot.refuse("unknown class \"" + text.get() + "\"", Nearest.hint(text.get(), known));
        }
        return priority;
    }

    private static List<KeyHash> keys(Spot spot, Map<KeyHash, String> owners) {
        List<KeyHash> keys = new ArrayList<>();
        for (Spot item : spot.atLeastOne("leave the key out if the agent needs none")) {
            Optional<String> text = item.text();
            Optional<KeyHash> key = text.flatMap(KeyHash::parse);
            if (text.isPresent() && key.isEmpty()) {
                item.refuse("not the hash of a key", "`essaim keys new` makes a key and its hash");
            }
            key.ifPresent(hash -> {
                String owner = owners.putIfAbsent(hash, item.path());
                if (owner != null) {
                    item.refuse("the same key as " + owner, "a key says which agent it is");
                }
                keys.add(hash);
            });
        }
        return keys;
    }

    private static Optional<String> keysFile(Spot spot, Map<String, String> files) {
        Optional<String> path = SecretReader.path(spot);
        String other = path.map(file -> files.putIfAbsent(file, spot.path())).orElse(null);
        if (other != null) {
            spot.refuse("the same file as " + other, "a key says which agent it is");
        }
        return path;
    }

    private static List<CloudEntry> cloud(Spot spot, BackendReader backends, @Nullable Zone limit) {
        List<CloudEntry> entries = new ArrayList<>();
        for (Spot item : spot.atLeastOne("leave the key out if requests must stay local")) {
            Section section = item.section("backend", "model", "context");
            Optional<String> backend = section.require("backend", "the name of a backend")
                    .flatMap(value -> BackendRef.read(value, backends.dialects(), true));
            Optional<String> model =
                    section.require("model", "the model as that cloud names it").flatMap(AgentReader::model);
            int context = section.integer("context", CloudEntry.DEFAULT_CONTEXT, 1, CloudEntry.MOST_CONTEXT);
            if (backend.isPresent() && model.isPresent()) {
                backends.checkZone(item, backend.get(), limit, "leave this cloud out");
                if (entries.stream()
                        .anyMatch(other -> other.backend().equals(backend.get())
                                && other.model().equals(model.get()))) {
                    item.refuse("listed twice", "remove one of them");
                }
                entries.add(new CloudEntry(backend.get(), model.get(), context));
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
