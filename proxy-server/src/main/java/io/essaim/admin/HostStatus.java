package io.essaim.admin;

import io.essaim.api.Printable;
import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.fleet.Inventory;
import io.essaim.fleet.ModelState;
import io.essaim.learn.EstimateSnapshot;
import io.essaim.model.ModelName;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The state of one backend as JSON: the host, and each model that is installed, in memory or measured there. Any
 * thread.
 */
final class HostStatus {
    private static final int LONGEST_WORD = 200;

    private HostStatus() {}

    /** Text that a host said, safe to show. */
    static String word(String said) {
        return Printable.of(said, LONGEST_WORD);
    }

    /** @param now nanoseconds of the fleet's ticker */
    static ObjectNode of(Backend backend, long now) {
        Inventory known = backend.inventory();
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        row.put("name", backend.name());
        row.put("url", backend.rule().url().toString()); // The rules let no user or password into it.
        row.put("dialect", lower(backend.rule().dialect()));
        row.put("zone", backend.rule().zone());
        row.put("weight", backend.rule().weight());
        row.put("version", known.version() == null ? null : word(known.version()));
        row.put("health", lower(backend.health()));
        row.put("ailment", word(backend.ailment()));
        row.set("breaker", breaker(backend.gate(), now));
        row.put("inFlight", backend.inFlight());
        row.put("slots", orNull(backend.rule().slots().perModel()));
        row.put("slotsInAll", orNull(backend.rule().slots().inAll()));
        row.put("saturatedForSeconds", wholeSeconds(backend.saturatedFor(now)));
        row.putObject("reloads")
                .put("caused", backend.contexts().reloadsCaused())
                .put("avoided", backend.contexts().reloadsAvoided());
        row.put("modelsKnown", known.known());
        models(backend, known, now).values().forEach(row.putArray("models")::add);
        return row;
    }

    private static @Nullable Integer orNull(int given) {
        return given == 0 ? null : (Integer) given;
    }

    private static ObjectNode breaker(BreakerGate gate, long now) {
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        row.put("state", lower(gate.refresh(now)));
        row.put("retryInSeconds", wholeSeconds(gate.retryIn()));
        return row;
    }

    private static Map<String, ObjectNode> models(Backend backend, Inventory known, long now) {
        Map<String, ObjectNode> rows = new TreeMap<>();
        if (known.installed() != null) {
            known.installed().forEach((key, model) -> {
                ObjectNode row = row(rows, key, model.spelling());
                row.put("installed", true);
                installed(row, model.row());
            });
        }
        if (known.loaded() != null) {
            for (Inventory.Loaded model : known.loaded()) {
                ObjectNode row = row(rows, model.key(), model.row().path("name").asString(""));
                row.set("loaded", loaded(model.row()));
            }
        }
        backend.states().forEach((key, state) -> {
            // A request for a model that is not there leaves an empty entry: names come from clients.
            if (!state.estimates().blank() || state.inFlight() > 0 || state.resting(now)) {
                row(rows, key, "").set("learned", learned(key, state, now));
            }
        });
        return rows;
    }

    private static ObjectNode row(Map<String, ObjectNode> rows, String key, String spelling) {
        return rows.computeIfAbsent(key, k -> {
            String name = spelling.isEmpty()
                    ? ModelName.parse(key).map(ModelName::shortest).orElse(key)
                    : spelling;
            ObjectNode row = JsonNodeFactory.instance.objectNode();
            return row.put("name", word(name)).put("installed", false);
        });
    }

    private static void installed(ObjectNode to, JsonNode row) {
        to.put("bytes", row.path("size").asLong(0));
        to.put("digest", word(row.path("digest").asString("")));
        to.put("modifiedAt", word(row.path("modified_at").asString("")));
        to.put("parameters", word(row.path("details").path("parameter_size").asString("")));
        to.put(
                "quantization",
                word(row.path("details").path("quantization_level").asString("")));
    }

    private static ObjectNode loaded(JsonNode row) {
        ObjectNode out = JsonNodeFactory.instance.objectNode();
        out.put("context", row.path("context_length").asInt(0));
        out.put("expiresAt", time(row.path("expires_at").asString("")));
        out.put("bytes", row.path("size").asLong(0));
        out.put("gpuBytes", row.path("size_vram").asLong(0));
        return out;
    }

    /** What was never observed is 0. */
    private static ObjectNode learned(String key, ModelState state, long now) {
        EstimateSnapshot.Model known = state.estimates().snapshot(key, now);
        ObjectNode out = JsonNodeFactory.instance.objectNode();
        out.put("promptTokensPerSecond", rate(known.prefill()));
        out.put("tokensPerSecond", rate(known.decode()));
        out.put("loadSeconds", known.load().weight() > 0 ? millis(known.load().value()) : 0);
        out.put(
                "overheadSeconds",
                known.overhead().weight() > 0 ? millis(known.overhead().value()) : 0);
        out.put("confidence", millis(state.estimates().confidence(now)));
        out.put("slots", known.slots());
        out.put("inFlight", state.inFlight());
        out.put("resting", state.resting(now));
        return out;
    }

    /** Hosts write local time with nanoseconds, which not every reader of JSON understands. */
    private static @Nullable String time(String said) {
        try {
            return OffsetDateTime.parse(said)
                    .toInstant()
                    .truncatedTo(ChronoUnit.SECONDS)
                    .toString();
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Tokens a second. */
    private static double rate(EstimateSnapshot.Figure secondsPerToken) {
        return secondsPerToken.weight() > 0 ? Math.round(10 / secondsPerToken.value()) / 10.0 : 0;
    }

    private static double millis(double seconds) {
        return Math.round(seconds * 1000) / 1000.0;
    }

    private static long wholeSeconds(long nanos) {
        return TimeUnit.NANOSECONDS.toSeconds(nanos + TimeUnit.SECONDS.toNanos(1) - 1);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
