package io.essaim.fleet;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Outcome;
import io.essaim.config.InvalidRules;
import io.essaim.config.Rules;
import io.essaim.config.RulesLoader;
import io.essaim.learn.ReportedTimings;
import io.essaim.learn.RequestSize;
import io.essaim.model.ModelName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A live fleet under a manual clock, told by tests what the prober would tell it. */
public final class TestFleet {
    private static final JsonMapper JSON = new JsonMapper();

    public final ManualTicker ticker = new ManualTicker();
    public final Rules rules;
    public final Fleet fleet;

    /** @param json rules; single quotes stand for double ones */
    public TestFleet(String json) {
        try {
            rules = RulesLoader.load("x.json", json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
        } catch (InvalidRules e) {
            throw new AssertionError(e.getMessage(), e);
        }
        fleet = new Fleet(rules, ticker);
    }

    /** Backends b0, b1... of equal weight, each with two slots, all in one tier for every model. */
    public static TestFleet ofEquals(int count) {
        StringBuilder backends = new StringBuilder();
        StringBuilder tier = new StringBuilder();
        for (int i = 0; i < count; i++) {
            String comma = i == 0 ? "" : ",";
            backends.append(
                    "%s'b%d':{'url':'http://10.0.%d.%d:11434','slots':2}".formatted(comma, i, i / 200, 1 + i % 200));
            tier.append(comma).append("'b").append(i).append('\'');
        }
        return new TestFleet("{'backends':{" + backends + "},'routes':[{'models':['*'],'tiers':[[" + tier + "]]}]}");
    }

    public Backend backend(String name) {
        return fleet.get(name);
    }

    public static ModelName model(String name) {
        return ModelName.parse(name).orElseThrow();
    }

    /** The host is up and has exactly these models, none in memory. */
    public TestFleet up(String backend, String... models) {
        ObjectNode[] rows = new ObjectNode[models.length];
        for (int i = 0; i < models.length; i++) {
            rows[i] = row("{'name':'" + models[i] + "','modified_at':'2026-02-02T08:48:00+01:00'}");
        }
        return installed(backend, rows).loaded(backend);
    }

    public TestFleet installed(String backend, ObjectNode... rows) {
        Map<String, Inventory.Installed> installed = new LinkedHashMap<>();
        for (ObjectNode row : rows) {
            String spelling = row.path("name").asString();
            installed.put(model(spelling).key(), new Inventory.Installed(model(spelling), spelling, row));
        }
        backend(backend).up();
        backend(backend).learn(known -> known.withInstalled(installed));
        return this;
    }

    /** What {@code /api/ps} lists. */
    public TestFleet loaded(String backend, String... models) {
        List<Inventory.Loaded> loaded = new ArrayList<>();
        for (String model : models) {
            loaded.add(new Inventory.Loaded(model(model).key(), row("{'name':'" + model + "'}")));
        }
        backend(backend).learn(known -> known.withLoaded(loaded, ticker.nanos()));
        return this;
    }

    /** The one model in memory, and until when. */
    public TestFleet loadedUntil(String backend, String model, String expiresAt) {
        ObjectNode row = row("{'name':'" + model + "','expires_at':'" + expiresAt + "'}");
        backend(backend)
                .learn(known -> known.withLoaded(
                        List.of(new Inventory.Loaded(model(model).key(), row)), ticker.nanos()));
        return this;
    }

    public static ObjectNode row(String json) {
        return (ObjectNode) JSON.readTree(json.replace('\'', '"'));
    }

    public Lease lease(String backend, String model) {
        BreakerGate.Permit permit =
                Objects.requireNonNull(backend(backend).gate().tryEnter());
        return backend(backend).lease(model(model), null, permit, forecast(backend, model));
    }

    /** Of a streamed answer to a prompt of no length worth mentioning. */
    public RequestForecast forecast(String backend, String model) {
        RequestSize demand = RequestSize.ofTokens(1);
        return new RequestForecast(
                demand, SlotOwner.PROXY, backend(backend).predict(model(model), null, demand, 0, ticker.nanos()));
    }

    /** One streamed answer of a hundred tokens: the first after so many seconds, the last as many later. */
    public void answer(String backend, String model, double firstToken, double rest) {
        Lease lease = lease(backend, model);
        ticker.passSeconds(firstToken);
        lease.firstToken(true);
        ticker.passSeconds(rest);
        lease.progress(100);
        lease.answered(ReportedTimings.NONE);
        lease.end(Outcome.OK);
    }

    /** Makes the model warm there and measures it so: one answer is for the load, the rest count. */
    public void measure(String backend, String model, double firstToken, double rest) {
        loaded(backend, model);
        for (int i = 0; i < 5; i++) {
            answer(backend, model, firstToken, rest);
        }
    }

    /** Ends a lease as a backend does that says it is full; 0 when it names no time. */
    public static void saturate(Lease lease, long retryAfterNanos) {
        lease.failed(new Failure(Failure.Kind.SATURATED, "it is busy"), retryAfterNanos);
    }

    /** Ends a lease as a backend does whose model could not run. */
    public static void breakModel(Lease lease) {
        lease.failed(new Failure(Failure.Kind.MODEL_BROKEN, "the model could not run there"), 0);
    }
}
