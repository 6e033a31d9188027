package io.essaim.fleet;

import io.essaim.api.Failure;
import io.essaim.api.Ticker;
import io.essaim.config.BackendRule;
import io.essaim.learn.BackendEstimates;
import io.essaim.learn.Prediction;
import io.essaim.learn.RequestSize;
import io.essaim.model.ModelName;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The live state of one backend, shared by all event loops: health and inventory (written by the prober, read by all),
 * the breaker, the leases in flight, its models and what was learned of them. It outlives a change of the rules.
 */
public final class Backend {
    private static final long WARM_WITHOUT_PROOF = TimeUnit.MINUTES.toNanos(4);

    private volatile BackendRule rule;
    private final Ticker ticker;
    private final BreakerGate gate;
    private final HostHealth vitals;
    private final Slots slots;
    private final Saturation strain;
    private final LoadedContexts contexts = new LoadedContexts();
    private final LoadSpeed loadSpeed = new LoadSpeed();
    private final Map<String, Integer> loading = new ConcurrentHashMap<>();
    private final ModelStates states;
    private volatile Inventory inventory = Inventory.UNKNOWN;
    private volatile Consumer<Doubt> watcher = doubt -> {};
    private volatile Runnable freed = () -> {};

    /** What a request learned that the prober should look into at once. */
    public enum Doubt {
        /** The host may be dead. */
        ALIVE,
        /** The host may not have the models it said. */
        INVENTORY
    }

    /** Whether the host answers its liveness probe. */
    public enum Health {
        UNKNOWN,
        UP,
        DOWN
    }

    /** @param estimates what was learned of it so far */
    public Backend(BackendRule rule, Ticker ticker, BackendEstimates estimates) {
        this.rule = rule;
        this.ticker = ticker;
        this.slots = new Slots(rule.slots().inAll(), ticker.nanos());
        this.states = new ModelStates(rule, estimates);
        this.gate = new BreakerGate(rule.name(), ticker);
        this.vitals = new HostHealth(ticker);
        this.strain = new Saturation(ticker.nanos());
    }

    public String name() {
        return rule.name();
    }

    public BackendRule rule() {
        return rule;
    }

    /**
     * Whether a rule is about this backend: the same name for the same server, asked in the same way. All else, such as its weight,
     * can change while it works.
     */
    boolean isMeantBy(BackendRule other) {
        BackendRule mine = rule;
        return mine.name().equals(other.name())
                && mine.url().equals(other.url())
                && mine.dialect() == other.dialect()
                && Objects.equals(mine.tls(), other.tls());
    }

    /** The rules say something else of it from now on; {@link #isMeantBy} holds. Its live state and what was learned of it stay. */
    void adopt(BackendRule newRule) {
        if (!newRule.equals(rule)) {
            rule = newRule;
            slots.bind(newRule.slots().inAll());
            states.adopt(newRule);
        }
    }

    public BreakerGate gate() {
        return gate;
    }

    public Inventory inventory() {
        return inventory;
    }

    public Health health() {
        return vitals.health();
    }

    /** Why the host is not UP, for a person; empty when it is. */
    public String ailment() {
        return vitals.ailment();
    }

    /** Requests under way on this backend, of all models. */
    public int inFlight() {
        return slots.inFlight();
    }

    /** Whether nothing runs or is being loaded for us, and nothing ran for so many nanoseconds. */
    public boolean idleFor(long nanos, long now) {
        return loading.isEmpty() && slots.idleFor(nanos, now);
    }

    /** How much more it can be asked for. */
    public Saturation strain() {
        return strain;
    }

    /** The contexts that models run with here. */
    public LoadedContexts contexts() {
        return contexts;
    }

    /** How fast models are loaded here. */
    public LoadSpeed loadSpeed() {
        return loadSpeed;
    }

    /** How a model stands here; made on first use. */
    public ModelState state(ModelName model) {
        return states.of(model, inventory);
    }

    /** How the models stand that were asked for here, by {@link ModelName#key()}; live, not to be changed. */
    public Map<String, ModelState> states() {
        return states.all();
    }

    /** The model was brought into memory, without a request of a client. */
    public void loaded(ModelName model) {
        ModelState state = state(model);
        state.loaded(ticker.nanos());
        state.estimates().loadEnded(true, ticker.nanos());
    }

    /** Which loading of the model this is: another number when it was unloaded or loaded, or the host went down, since. */
    public long generation(ModelName model) {
        return vitals.fallen() + state(model).generation();
    }

    /**
     * What is to be expected of a request that is sent here now.
     *
     * @param context that it asks for, in tokens; null for the host's own
     * @param cachedTokens tokens of its prompt that are believed to be cached here
     */
    public Prediction predict(
            ModelName model, @Nullable Integer context, RequestSize demand, long cachedTokens, long now) {
        var absence = warm(model, context, now) ? null : loadSpeed.absence(model, inventory, warm(model, now));
        return state(model).estimates().predict(demand, cachedTokens, absence, now);
    }

    /** The prober found the host alive. */
    public void up() {
        vitals.up();
        gate.probed();
    }

    /** The host is dead or deaf; {@code why} is a sentence for a person. What was loaded there is gone. */
    public synchronized void down(String why) {
        vitals.down(why);
        inventory = new Inventory(inventory.version(), inventory.installed(), null, ticker.nanos());
    }

    /** Who looks into doubts; called on the event loop of a request, so it must not block. */
    public void watchedBy(Consumer<Doubt> newWatcher) {
        watcher = newWatcher;
    }

    public void doubt(Doubt doubt) {
        watcher.accept(doubt);
    }

    /** Only the prober changes the inventory. */
    public synchronized void learn(UnaryOperator<Inventory> change) {
        Inventory before = inventory;
        inventory = change.apply(before);
        states.unloaded(inventory.unloadedSince(before));
        loadSpeed.seen(inventory);
    }

    /** Full for the given time (429, "server busy"), or longer if it said so before. */
    public void saturated(long nanos) {
        strain.saturated(ticker.nanos() + nanos);
    }

    /** Nanoseconds for which the backend is full; 0 when it is not. */
    public long saturatedFor(long now) {
        return strain.saturatedFor(now);
    }

    /** The time of the ticker; the questions below take it, so that one request reads the clock once. */
    public long now() {
        return ticker.nanos();
    }

    /** From 0.1 just after a recovery to 1 twenty seconds later: a host that came back is not flooded. */
    public double ramp(long now) {
        return vitals.ramp(now);
    }

    /** The probability, below 1, that the host goes down within so many seconds, by how long its past lives were ({@link UptimeHistory}). */
    public double risk(double seconds, long now) {
        return vitals.risk(seconds, now);
    }

    /**
     * The model is on its way into memory, or it arrived or failed to. Each load says both: two of one model, with different options,
     * are two requests to the host, and the model is not there before both are over.
     */
    public void loading(ModelName model, boolean underWay) {
        if (underWay) {
            double seconds = loadSpeed.expectedSeconds(inventory.bytes(model));
            state(model).estimates().loadBegan(seconds, ticker.nanos());
            loading.merge(model.key(), 1, Integer::sum);
        } else if (loading.computeIfPresent(model.key(), (key, loads) -> loads == 1 ? null : loads - 1) == null) {
            state(model).estimates().loadEnded(false, ticker.nanos());
        }
    }

    /**
     * Whether the model is believed to be in memory: {@code /api/ps} lists it, or it answered since. An Ollama lists a model while it
     * still loads it, so what is known to be under way is not there yet.
     */
    public boolean warm(ModelName model, long now) {
        if (remote(model)) {
            return true; // Nothing of it is ever in memory here, so nothing is to be waited for.
        }
        if (loading.containsKey(model.key())) {
            return false;
        }
        Inventory known = inventory;
        if (known.lists(model.key())) {
            return true;
        }
        ModelState state = states.known(model.key());
        long age = Math.min(WARM_WITHOUT_PROOF, now - vitals.recoveredAt());
        if (known.loaded() != null) {
            age = Math.min(age, now - known.loadedAt());
        }
        return state != null && health() != Health.DOWN && state.succeededWithin(age, now);
    }

    /** Whether the model is believed to be in memory and need not be loaded anew for this context (null: the host's own). */
    public boolean warm(ModelName model, @Nullable Integer context, long now) {
        return warm(model, now) && fits(model, context);
    }

    /** Whether a model that is in memory would have to be loaded anew for this context. */
    public boolean reloads(ModelName model, @Nullable Integer context, long now) {
        return warm(model, now) && !fits(model, context);
    }

    private boolean fits(ModelName model, @Nullable Integer context) {
        return remote(model) || contexts.fits(model, context, inventory);
    }

    /**
     * Whether the host would hand a prompt for the model on to a cloud: a model with {@code remote_host} in {@code /api/tags}, or one
     * whose name says so.
     */
    public boolean remote(ModelName model) {
        return inventory.remote(model);
    }

    /** Requests for the model that it works on at once: what the rules say, else what the model showed. */
    public int slots(ModelName model) {
        return slots.of(state(model));
    }

    /** Whether a request would be worked on at once. */
    public boolean hasFreeSlot(ModelName model) {
        return slots.free(state(model)) > 0;
    }

    /** Whether what is free is kept for other agents than the caller's, which has its share here. */
    public boolean keepsFrom(SlotOwner caller, ModelName model, long now) {
        return slots.keptFrom(state(model), caller, now);
    }

    /** Who is told when a lease has ended; called on the event loop of a request, without a lock. */
    public void whenFreed(Runnable newListener) {
        freed = newListener;
    }

    void tellFreed() {
        freed.run();
    }

    /** Takes a lease under a permit of this backend's gate. The permit is taken over: it ends with the lease, or here if there is none. */
    public Lease lease(
            ModelName model, @Nullable Integer context, BreakerGate.Permit permit, RequestForecast forecast) {
        return Objects.requireNonNull(leased(model, context, permit, forecast, (state, now) -> {
            slots.take(state, forecast.caller(), now);
            return true;
        }));
    }

    /** The same if a slot is free for its caller, or one more than there are may be tried; else null. */
    public @Nullable Lease leaseFree(
            ModelName model, @Nullable Integer context, BreakerGate.Permit permit, RequestForecast forecast) {
        return leased(model, context, permit, forecast, (state, now) -> slots.takeFree(state, forecast.caller(), now));
    }

    /** A lease whatever the breaker says, if nobody else has one; else null. */
    public @Nullable Lease leaseAlone(ModelName model, @Nullable Integer context, RequestForecast forecast) {
        if (inFlight() > 0) {
            return null;
        }
        BreakerGate.Permit permit = gate.enterRegardless();
        return leased(model, context, permit, forecast, (state, now) -> slots.takeAlone(state, forecast.caller(), now));
    }

    /** Takes a slot; whether there was one. */
    private interface Taking {
        boolean take(ModelState state, long now);
    }

    /** Until there is a lease to end, nobody else can give the slot and the permit back, whatever goes wrong. */
    private @Nullable Lease leased(
            ModelName model,
            @Nullable Integer context,
            BreakerGate.Permit permit,
            RequestForecast forecast,
            Taking taking) {
        ModelState taken = null;
        Lease lease = null;
        long now = 0; // Does not matter as long as nothing is taken.
        try {
            ModelState state = state(model);
            now = ticker.nanos();
            taken = taking.take(state, now) ? state : null;
            if (taken != null) {
                boolean warm = warm(model, context, now);
                if (!warm && warm(model, now)) {
                    contexts.caused();
                }
                lease = new Lease(this, model, permit, warm, forecast);
            }
            return lease;
        } finally {
            if (lease == null) {
                permit.end(Failure.Outcome.NEUTRAL, 0, now);
                if (taken != null) {
                    release(taken, forecast.caller(), now);
                }
            }
        }
    }

    void release(ModelState state, SlotOwner caller, long now) {
        slots.giveBack(state, caller, now);
    }
}
