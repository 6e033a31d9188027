package io.essaim.benchmarks.simulate;

import io.essaim.benchmarks.simulate.Seat.State;
import java.util.ArrayList;
import java.util.List;

/**
 * One Ollama made of arithmetic: for each model a queue without bound before its slots, one processor that all of them share,
 * a memory with room for some models. It can be killed, frozen (it accepts, and does nothing) and slowed down. A load goes on
 * though nobody waits for it any more, since the proxy loads in requests of its own.
 */
final class Host {
    private final int index;
    private final HostSpec spec;
    private final List<ModelSpec> models;
    private final Clock clock;
    private final Processor processor;
    private final Memory memory;
    private final List<Job> running = new ArrayList<>();
    private boolean up = true;
    private boolean frozen;
    private double advancedAt;
    private int plan;
    private int life;
    private int inside;
    private int loads;

    Host(int index, HostSpec spec, List<ModelSpec> models, Clock clock) {
        this.index = index;
        this.spec = spec;
        this.models = models;
        this.clock = clock;
        this.processor = new Processor(spec, 1);
        this.memory = new Memory(spec, models.size());
    }

    int index() {
        return index;
    }

    HostSpec spec() {
        return spec;
    }

    boolean up() {
        return up;
    }

    boolean frozen() {
        return frozen;
    }

    /** Requests inside, waiting ones too. */
    int inside() {
        return inside;
    }

    /** Loads begun so far. */
    int loads() {
        return loads;
    }

    boolean warm(int model) {
        return memory.warm(model, clock.now());
    }

    /** For those who foresee; they must not change anything. */
    Memory memory() {
        return memory;
    }

    /** For those who foresee; as it is at this moment. */
    Processor processor() {
        advance();
        return processor;
    }

    double size(int model) {
        return models.get(model).size();
    }

    /** The model is in memory from the beginning. */
    void preload(int model) {
        memory.seat(model).state(State.WARM);
        memory.seat(model).lastUse = clock.now();
    }

    void submit(Job job) {
        if (!up) {
            throw new IllegalStateException(spec.name() + " is dead");
        }
        inside++;
        warm(job.request.model);
        memory.seat(job.request.model).waiting.add(job);
        admit(memory.seat(job.request.model));
    }

    /** Lets those who wait for a model run while it has slots; has it loaded when it is not there. */
    private void admit(Seat seat) {
        if (frozen || !up) {
            return;
        }
        if (seat.state() == State.COLD && !seat.waiting.isEmpty()) {
            memory.want(seat);
            load();
        }
        if (seat.state() != State.WARM) {
            return;
        }
        boolean more = seat.running < spec.slots() && !seat.waiting.isEmpty();
        while (seat.running < spec.slots() && !seat.waiting.isEmpty()) {
            start(seat.waiting.remove(), seat);
        }
        if (more) {
            replan();
        }
    }

    private void start(Job job, Seat seat) {
        advance();
        seat.running++;
        seat.lastUse = clock.now();
        Request request = job.request;
        job.cached = seat.cached(request);
        job.startedAt = clock.now();
        job.work = new Work(seat.model, size(seat.model), request.promptTokens - job.cached, request.outputTokens);
        running.add(job);
        processor.add(job.work);
    }

    private void load() {
        Seat next = memory.next(clock.now());
        if (next == null) {
            return;
        }
        loads++;
        double seconds = memory.loadSeconds(next, size(next.model), processor.slowdown());
        memory.load(next, clock.now() + seconds);
        int born = life;
        clock.in(seconds, () -> {
            if (born == life) {
                memory.loaded(clock.now());
                arrived(next);
                admit(next);
                load();
            }
        });
    }

    /**
     * Tells once when the model is in memory: at once if it is, never if the host dies first.
     *
     * @param model that somebody asks for
     */
    void whenLoaded(int model, Runnable listener) {
        if (warm(model)) {
            listener.run();
        } else {
            memory.seat(model).expecting.add(listener);
        }
    }

    /** Seconds since the beginning when the model was last loaded; negative when never. */
    double loadedAt(int model) {
        return memory.seat(model).loadedAt;
    }

    private void arrived(Seat seat) {
        seat.loadedAt = clock.now();
        List<Runnable> all = List.copyOf(seat.expecting);
        seat.expecting.clear();
        all.forEach(Runnable::run);
    }

    private void advance() {
        double passed = clock.now() - advancedAt;
        advancedAt = clock.now();
        if (passed > 0 && !frozen) {
            processor.advance(passed);
        }
    }

    /** What comes next has changed. */
    private void replan() {
        int newest = ++plan;
        double next = processor.untilNext();
        if (!frozen && next < Double.POSITIVE_INFINITY) {
            clock.in(Math.max(next, 1e-9), () -> {
                if (newest == plan) {
                    step();
                }
            });
        }
    }

    /** Somebody has read or written everything. */
    private void step() {
        advance();
        List<Job> begun = new ArrayList<>();
        List<Job> finished = new ArrayList<>();
        for (Job job : running) {
            Work work = work(job);
            if (work.finished()) {
                finished.add(job);
            } else if (!work.reading() && !job.begun) {
                job.begun = true;
                begun.add(job);
            }
        }
        for (Job job : finished) {
            release(job);
            memory.seat(job.request.model).remember(job.request);
        }
        replan();
        begun.forEach(job -> job.owner.firstToken());
        for (Job job : finished) {
            admit(memory.seat(job.request.model));
            job.owner.finished();
        }
        if (!finished.isEmpty()) {
            load();
        }
    }

    private static Work work(Job job) {
        if (job.work == null) {
            throw new IllegalStateException("it does not run");
        }
        return job.work;
    }

    private void release(Job job) {
        running.remove(job);
        processor.remove(work(job));
        Seat seat = memory.seat(job.request.model);
        seat.running--;
        seat.lastUse = clock.now();
        inside--;
    }

    /** The client's side of the connection is gone. A request that is not inside any more is ignored. */
    void cancel(Job job) {
        Seat seat = memory.seat(job.request.model);
        if (running.contains(job)) {
            advance();
            release(job);
            replan();
            admit(seat);
            load();
        } else if (seat.waiting.remove(job)) {
            inside--;
        }
    }

    /** Tokens that the job has written so far. */
    double written(Job job) {
        advance();
        return job.work == null ? 0 : job.request.outputTokens - job.work.toWrite;
    }

    void kill() {
        List<Job> all = new ArrayList<>(running);
        memory.seats().forEach(seat -> all.addAll(seat.waiting));
        up = false;
        life++;
        plan++;
        inside = 0;
        running.clear();
        processor.running().clear();
        memory.lose();
        all.forEach(job -> job.owner.reset());
    }

    void revive() {
        up = true;
        advancedAt = clock.now();
    }

    /** @param factor 10 for ten times slower than its specification, 1 for as it should be */
    void slow(double factor) {
        advance();
        processor.slowdown(factor);
        replan();
    }

    void freeze(boolean stop) {
        advance();
        frozen = stop;
        replan();
        if (!stop) {
            memory.seats().forEach(this::admit);
            load();
        }
    }
}
