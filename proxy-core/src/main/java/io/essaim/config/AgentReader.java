package io.essaim.config;

import static io.essaim.config.ValueType.flag;
import static io.essaim.config.ValueType.inContext;
import static io.essaim.config.ValueType.integer;
import static io.essaim.config.ValueType.listInContext;
import static io.essaim.config.ValueType.matching;
import static io.essaim.config.ValueType.named;
import static io.essaim.config.ValueType.path;
import static io.essaim.config.ValueType.text;
import static io.essaim.config.ValueType.word;

import io.essaim.config.Node.Member;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads {@code agents}, and the keys of the house, since no key may be two's. */
final class AgentReader {
    private static final ValueType<KeyHash> HASH = text(
            "`sha256:` and 64 hexadecimal digits",
            "sha256:[0-9a-f]{64}",
            KeyHash::parse,
            "not the hash of a key",
            "`essaim keys new` makes a key and its hash");
    private static final RulesKey<Spot> KEYS = RulesKey.of("keys", listInContext(HASH))
            .means(
                    "Hashes of keys, as `essaim keys new` makes them. One of them must be shown to use or change models.");
    static final RulesKey<String> KEYS_FILE = RulesKey.of("keysFile", path())
            .means(
                    "File with more hashes, one a line, each with `until` and a time if it ends; read again when it changes.");

    /** The keys of the house, at the top of the file. */
    static final RulesKey<Spot> HOUSE_KEYS = RulesKey.of(KEYS.name(), KEYS.type())
            .means(KEYS.sentence()
                    + " They hold for everybody; an agent that has keys of its own needs one of its own instead.");

    private static final RulesKey<Spot> CLOUD_BACKEND = RulesKey.of(
                    "backend", inContext("name of a backend", Map.of("type", "string")))
            .required("the name of a backend")
            .means("A backend of another dialect than `ollama`.");
    /** Clouds have naming rules of their own; what no name can hold is spaces and control characters. */
    private static final RulesKey<String> CLOUD_MODEL = RulesKey.of(
                    "model",
                    matching(
                            "1 to 256 printable ASCII characters without spaces",
                            "[!-~]{1,256}",
                            "not a model name",
                            "1 to 256 printable ASCII characters without spaces"))
            .required("the model as that cloud names it")
            .means("The model, as that cloud names it.");

    private static final RulesKey<Integer> CLOUD_CONTEXT = RulesKey.of("context", integer(1, CloudEntry.MOST_CONTEXT))
            .or(CloudEntry.DEFAULT_CONTEXT)
            .means("How many tokens clients are told that the model reads and writes at once.");
    private static final RulesObject CLOUD_ENTRY =
            RulesObject.of("cloud", "A model of a cloud.", CLOUD_BACKEND, CLOUD_MODEL, CLOUD_CONTEXT);
    static final RulesKey<Spot> CLOUD = RulesKey.of(
                    "cloud", listInContext(inContext("object", ValueType.reference(CLOUD_ENTRY))))
            .otherwise("requests stay local")
            .means("Clouds to try, in this order, when nothing local can answer.");

    private static final RulesKey<Boolean> MANAGE = RulesKey.of("manage", flag())
            .otherwise("what the rules say for everybody")
            .means("Whether it may pull, copy, delete and create models.");
    private static final RulesKey<Integer> PORT = RulesKey.of("port", integer(1, ListenReader.MAX_PORT))
            .means("A port of its own: a client that connects there is this agent unless it names another one.");
    private static final RulesKey<Priority> CLASS = RulesKey.of(
                    "class", word("class", List.of(Priority.values()), Priority::key))
            .or(Priority.INTERACTIVE)
            .means("How long its requests may be made to wait: `batch` goes after everything interactive.");
    private static final RulesObject AGENT = RulesObject.of(
            "agent",
            "What this kind of client may do.",
            ProfileReader.MODELS,
            ProfileReader.MODEL,
            ProfileReader.ROUTES,
            ProfileReader.ZONE,
            CLOUD,
            ProfileReader.GATE,
            BudgetReader.BUDGET,
            ProfileReader.RATE,
            ProfileReader.CONCURRENCY,
            CLASS,
            ContextReader.NUM_CTX,
            ProfileReader.THINK,
            ProfileReader.KEEP_ALIVE,
            ProfileReader.RESCUE,
            ProfileReader.HEDGE,
            KEYS,
            KEYS_FILE,
            MANAGE,
            PORT);
    static final RulesKey<Spot> AGENTS = RulesKey.of(
                    "agents", named("object: agents by name", ChosenName.FORM, ValueType.reference(AGENT), false))
            .means(
                    "What each kind of client may do. A name has 1 to 64 letters, digits and `.` `_` `-`. Clients that are no"
                            + " known agent get what `default` has, without clouds.");

    private final Map<KeyHash, String> owners = new HashMap<>();
    private final Map<String, String> files = new HashMap<>();

    /** The keys that the section holds. */
    KeyRule keys(Section section) {
        List<KeyHash> keys = section.find(KEYS).map(this::keys).orElse(List.of());
        String file = section.find(KEYS_FILE).orElse(null);
        String other = file == null
                ? null
                : files.putIfAbsent(file, section.at(KEYS_FILE).path());
        if (other != null) {
            section.at(KEYS_FILE).refuse("the same file as " + other, "a key says which agent it is");
        }
        return new KeyRule(keys, file);
    }

    Map<String, AgentRule> read(Optional<Spot> spot, BackendReader backends, Listen listen) {
        Map<String, AgentRule> agents = new LinkedHashMap<>();
        Map<Integer, String> ports = new HashMap<>(Map.of(listen.port(), "listen"));
        if (spot.isPresent()) {
            for (Member member : spot.get().members()) {
                Spot named = ChosenName.check(spot.get(), member);
                name(member.key(), agents, named);
                agents.put(member.key(), agent(member.key(), named, backends, ports));
            }
        }
        return agents;
    }

    private AgentRule agent(String name, Spot spot, BackendReader backends, Map<Integer, String> ports) {
        Section section = spot.section(AGENT);
        Profile profile = ProfileReader.read(section, backends);
        List<CloudEntry> cloud = section.find(CLOUD)
                .map(list -> cloud(list, backends, profile.zone()))
                .orElse(List.of());
        KeyRule keys = keys(section);
        int port = section.find(PORT).orElse(0);
        String other = port == 0 ? null : ports.putIfAbsent(port, spot.path());
        if (other != null) {
            section.at(PORT).refuse("the same port as " + other, "choose another port");
        }
        return new AgentRule(
                name,
                section.find(MANAGE).orElse(null),
                keys.keys(),
                keys.file(),
                port,
                section.find(ContextReader.NUM_CTX).orElse(null),
                section.get(CLASS),
                cloud,
                section.find(BudgetReader.BUDGET).orElse(BudgetRule.NONE),
                profile);
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

    private List<KeyHash> keys(Spot spot) {
        List<KeyHash> keys = new ArrayList<>();
        for (Spot item : spot.atLeastOne("leave the key out if the agent needs none")) {
            HASH.read(item).ifPresent(hash -> {
                String owner = owners.putIfAbsent(hash, item.path());
                if (owner != null) {
                    item.refuse("the same key as " + owner, "a key says which agent it is");
                }
                keys.add(hash);
            });
        }
        return keys;
    }

    private static List<CloudEntry> cloud(Spot spot, BackendReader backends, @Nullable Zone limit) {
        List<CloudEntry> entries = new ArrayList<>();
        for (Spot item : spot.atLeastOne("leave the key out if requests must stay local")) {
            Section section = item.section(CLOUD_ENTRY);
            Optional<String> backend =
                    section.find(CLOUD_BACKEND).flatMap(value -> BackendRef.read(value, backends.dialects(), true));
            Optional<String> model = section.find(CLOUD_MODEL);
            int context = section.get(CLOUD_CONTEXT);
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
}
