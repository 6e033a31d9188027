package io.essaim.learn;

import org.jspecify.annotations.Nullable;

/**
 * The estimates of one model on one backend, and its predictions. Learned values never fade; confidence in them does.
 * Any thread: one lock guards everything of one backend, held for about a microsecond.
 */
public final class ModelEstimates {

    final BackendEstimates backend;
    final ModelStatistics habits;
    final DecodeTimes decode;
    final PrefillTimes prefill;
    final LoadTimes load;
    final LogMean overhead;
    final LogMean tokensPerPiece = new LogMean(1);
    final SlotCount slots;
    final RecentCompletions ends = new RecentCompletions();

    private final CostTerms terms;
    private final double priorToken;
    private long begun;
    private int inFlight;
    private int active;

    ModelEstimates(BackendEstimates backend, ModelStatistics habits, CostTerms terms, Prior prior) {
        this.backend = backend;
        this.habits = habits;
        this.terms = terms;
        this.priorToken = prior.tokenSeconds();
        this.decode = new DecodeTimes(prior.tokenSeconds(), prior.crowdSeconds());
        this.prefill = new PrefillTimes(prior.prefillSeconds(), backend.crowding);
        this.load = new LoadTimes(prior.loadSeconds());
        this.overhead = new LogMean(prior.overheadSeconds());
        this.slots = new SlotCount(prior.slots(), prior.slotsGiven());
    }

    /**
     * What is to be expected of a request that is sent now.
     *
     * @param cachedTokens tokens of its prompt that the caller believes to be cached there; 0 when none
     * @param absence null when the model is believed to be in memory, with the right context
     */
    public Prediction predict(RequestSize demand, long cachedTokens, @Nullable ModelAbsence absence, long now) {
        long prompt = habits.promptTokens(demand);
        long cached = Math.max(0, Math.min(cachedTokens, prompt - 1));
        double output = habits.lengths().mean();
        if (demand.mostTokens() >= 0) {
            output = Math.min(output, (double) demand.mostTokens());
        }
        synchronized (backend) {
            ActiveGenerations running = backend.running;
            int most = slots.slots();
            boolean full = inFlight >= most || running.size() >= backend.inAll;
            running.survey(this, full, now);
            double wait = full ? running.untilFree(inFlight, most, backend.inAll) : 0;
            double loading = absence == null ? 0 : running.untilLoaded(this, absence, wait, now);
            double kept = cached * prefill.kept();
            double reading =
                    (prompt - kept) * readSeconds() * backend.crowding.times(Math.min(running.active(), most) + 1);
            double queued = wait + backend.hidden.seconds(now);
            double overdue = Math.max(running.overdue, running.slower);
            double ttft = overdue * (overhead.value() + queued + loading + reading);
            double tpot = running.slower * tokenSeconds(full ? running.active() : running.active() + 1);
            double omega = demand.streaming() ? terms.omega() : terms.omegaWhole();
            return new Prediction(
                    ttft,
                    tpot,
                    output,
                    loading,
                    queued,
                    prompt,
                    cached,
                    overdue,
                    decode.confidence(now),
                    decode.observed() || prefill.observed() || overhead.observed(),
                    omega * ttft + terms.phi() * loading + terms.beta() * output * tpot,
                    terms.stick() * kept * Math.min(readSeconds(), habits.readSeconds()),
                    omega);
        }
    }

    /** Seconds until one of those that run with this model is likely to end. */
    public double untilOneEnds(long now) {
        synchronized (backend) {
            backend.running.survey(this, true, now);
            return backend.running.untilOneEnds();
        }
    }

    /** Seconds per output token while so many run. A model that was never seen to write here is believed to be as far off as the machine's others. */
    double tokenSeconds(double running) {
        return decode.observed() ? decode.at(running) : decode.at(running) * backend.drift.value();
    }

    /**
     * Seconds per prompt token. Until a prompt was read that was long enough to measure, the machine is believed to be off from
     * its prior at reading as far as it is at writing; else a host with a pessimistic prior would never be sent a long one.
     */
    double readSeconds() {
        return prefill.observed() ? prefill.seconds() : prefill.seconds() * tokenSeconds(1) / priorToken;
    }

    /**
     * So many seconds a token were seen while so many ran. A host that became slower or faster at writing is believed to have become
     * so at reading too, until a prompt shows it, and with its other models, until they do.
     */
    void wrote(double seconds, double running, double share, long now) {
        double factor = decode.observe(seconds, running, share, now);
        if (factor != 1) {
            prefill.scale(factor);
            backend.slowed(this, factor);
        }
    }

    /** Another model of the machine became so many times slower. A running generation shows it itself. Under the lock of the backend. */
    void slowed(double factor) {
        if (inFlight == 0 && decode.observed()) {
            decode.slowed(factor);
            prefill.scale(factor);
        }
    }

    /** The speed was learned from a whole answer. */
    void spoke(long now) {
        backend.drift.observe(decode.alone() / priorToken, now);
    }

    /**
     * A request of the proxy's own began to bring the model into memory.
     *
     * @param likely seconds that it is likely to take, until a load was seen; 0 leaves it to the class of the backend
     */
    public void loadBegan(double likely, long now) {
        synchronized (backend) {
            load.began(likely, now);
            backend.running.loading(this, true);
        }
    }

    /**
     * That request is over; does nothing when none was under way.
     *
     * @param inMemory whether the model is there now, which teaches how long a load takes
     */
    public void loadEnded(boolean inMemory, long now) {
        synchronized (backend) {
            boolean teaches = inMemory && !backend.running.expected(this);
            if (backend.running.loading(this, false) && teaches) {
                load.ended(now);
            }
        }
    }

    /**
     * Seconds until every prompt has been read there whose first token would come too late if another one was read beside it, and does
     * not otherwise; 0 when there is none.
     */
    public double untilRead(long now) {
        synchronized (backend) {
            return backend.running.untilRead(now);
        }
    }

    /** {@link #begin(Demand, Prediction, double, long)} of a request whose first token is never too late. */
    public ActiveGeneration begin(RequestSize demand, Prediction prediction, long now) {
        return begin(demand, prediction, Double.POSITIVE_INFINITY, now);
    }

    /**
     * The request is sent there.
     *
     * @param prediction what was expected of it, by {@link #predict}
     * @param lateSeconds from now to when its first token is too late
     * @return to be ended exactly once
     */
    public ActiveGeneration begin(RequestSize demand, Prediction prediction, double lateSeconds, long now) {
        synchronized (backend) {
            boolean loads = prediction.loadSeconds() > 0 && !backend.running.loading(this);
            ActiveGeneration generation = new ActiveGeneration(this, demand, prediction, loads, now);
            generation.lateSeconds = lateSeconds;
            if (generation.place > slots.slots()) {
                slots.tried(now);
            }
            backend.running.add(generation);
            inFlight++;
            count(now);
            return generation;
        }
    }

    long nextNumber() {
        return begun++;
    }

    /** Another generation began to write; as many slots as write there are. Under the lock of the backend. */
    void writing(long now) {
        slots.seen(backend.running.writing(this));
        count(now);
    }

    /** Under the lock of the backend. */
    void leave(ActiveGeneration generation, long now) {
        backend.running.remove(generation);
        ends.add(generation.number, now);
        inFlight--;
        count(now);
    }

    private void count(long now) {
        int newActive = Math.min(inFlight, slots.slots());
        backend.running.activate(newActive - active, now);
        active = newActive;
    }

    /** Requests under way at this moment. */
    public int inFlight() {
        synchronized (backend) {
            return inFlight;
        }
    }

    /** Generations that are believed to run at a time, at least 1; more wait inside the backend. */
    public int slots() {
        return slots.slots();
    }

    /** The operator says how many requests it works on at once here; 0 leaves that to be learned from now on. */
    public void giveSlots(int number) {
        synchronized (backend) {
            slots.give(number);
        }
    }

    /** Tokens per second that are written when all slots are. */
    public double capacity() {
        synchronized (backend) {
            return slots.slots() / tokenSeconds(slots.slots());
        }
    }

    /** Whether one request more than there are slots may be sent there to find out whether it waits; once a minute. */
    public boolean trialDue(long now) {
        synchronized (backend) {
            return inFlight == slots.slots() && slots.trialDue(now);
        }
    }

    /** How much the speed is believed: from 0, nothing but a prior, towards 1. Half as many observations count after 10 min. */
    public double confidence(long now) {
        synchronized (backend) {
            return decode.confidence(now);
        }
    }

    /** Whether nothing would be lost with it. */
    public boolean blank() {
        synchronized (backend) {
            return inFlight == 0
                    && !decode.observed()
                    && !prefill.observed()
                    && !load.observed()
                    && !overhead.observed();
        }
    }

    /** Whether a whole answer, or the way to its beginning, was ever measured here. */
    public boolean measured() {
        synchronized (backend) {
            return decode.observed() || prefill.observed() || overhead.observed();
        }
    }

    /** What is known, as values; {@code name} is how the model is called. */
    public EstimateSnapshot.Model snapshot(String name, long now) {
        synchronized (backend) {
            return new EstimateSnapshot.Model(
                    name,
                    prefill.snapshot(now),
                    prefill.kept(),
                    decode.snapshot(now),
                    decode.crowd(),
                    load.snapshot(now),
                    overhead.snapshot(now),
                    tokensPerPiece.snapshot(now),
                    Math.min(SlotCount.MOST, slots.slots()));
        }
    }

    /** Before anybody else knows this object. */
    void restore(EstimateSnapshot.Model saved, long then) {
        prefill.restore(saved.prefill(), saved.kept(), then);
        decode.restore(saved.decode(), saved.crowd(), then);
        load.restore(saved.load(), then);
        overhead.restore(saved.overhead(), then);
        tokensPerPiece.restore(saved.tokensPerPiece(), then);
        slots.restore(saved.slots());
    }
}
