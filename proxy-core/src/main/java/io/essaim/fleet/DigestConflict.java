package io.essaim.fleet;

import io.essaim.model.ModelName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One name under which hosts hold different contents, so that an answer depends on the host that gives it.
 *
 * @param model the name as the first host spells it, always with a tag
 * @param digests the contents, at least two, in the order of the first host that has each
 * @param listed the digest that {@code /api/tags} shows under the name; an alias of that name may show yet another one
 */
public record DigestConflict(String model, List<Variant> digests, String listed) {
    /**
     * One of the contents.
     *
     * @param digest as the host says it, never empty
     * @param hosts who has it, at least one, in the order of the rules
     * @param modifiedAt when it last changed on the host where that was last, as that host says it; empty when none says so
     */
    public record Variant(String digest, List<String> hosts, String modifiedAt) {
        public Variant {
            hosts = List.copyOf(hosts);
        }
    }

    public DigestConflict {
        digests = List.copyOf(digests);
    }

    /**
     * All conflicts of a fleet, by name. A host that is down counts with what it had when it was last asked, as in the
     * listings; a model without a digest counts as no contents at all. Any thread.
     */
    public static List<DigestConflict> of(Fleet fleet, FleetListing answers) {
        Map<String, Map<String, Variant>> byKey = new TreeMap<>();
        Map<String, Inventory.Installed> first = new LinkedHashMap<>();
        for (Backend host : fleet.ollamas()) {
            Map<String, Inventory.Installed> installed = host.inventory().installed();
            if (installed != null) {
                installed.forEach((key, model) -> {
                    first.putIfAbsent(key, model);
                    add(byKey.computeIfAbsent(key, k -> new LinkedHashMap<>()), host.name(), model);
                });
            }
        }
        List<DigestConflict> conflicts = new ArrayList<>();
        byKey.forEach((key, variants) -> {
            Inventory.Installed model = first.get(key);
            if (variants.size() > 1 && model != null) {
                conflicts.add(new DigestConflict(
                        model.spelling(), List.copyOf(variants.values()), listed(answers, model.name())));
            }
        });
        return conflicts;
    }

    private static void add(Map<String, Variant> variants, String host, Inventory.Installed model) {
        String digest = model.row().path("digest").asString("");
        if (!digest.isEmpty()) {
            Variant one = new Variant(
                    digest, List.of(host), model.row().path("modified_at").asString(""));
            variants.merge(digest, one, DigestConflict::joined);
        }
    }

    private static Variant joined(Variant known, Variant more) {
        List<String> hosts = new ArrayList<>(known.hosts);
        hosts.addAll(more.hosts);
        boolean later = FleetListing.time(more.modifiedAt).isAfter(FleetListing.time(known.modifiedAt));
        return new Variant(known.digest, hosts, later ? more.modifiedAt : known.modifiedAt);
    }

    private static String listed(FleetListing answers, ModelName name) {
        Inventory.Installed shown = answers.find(name);
        return shown == null ? "" : shown.row().path("digest").asString("");
    }
}
