package io.essaim.learn;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/**
 * A backend of clockwork under a virtual clock, with known speeds: slots, a queue inside, prompts read and tokens written
 * slower the more there are, noise on both. It drives {@link ActiveGeneration} as a proxy does.
 */
final class ClockworkBackend {
    private static final double STEP = 0.01;

    /** What each further generation adds to the time to read a prompt, as a share. */
    private static final double CROWDING = 0.8;

    final double prefill;
    final double alone;
    final double crowd;
    final int slots;
    double slowdown = 1;
    double loadSeconds;

    private final Random random;
    private final boolean timings;
    private final Deque<Job> queue = new ArrayDeque<>();
    private final List<Job> active = new ArrayList<>();
    private double clock;

    private static final class Job {
        final ActiveGeneration generation;
        final int prompt;
        final int cached;
        final int output;
        double prompted;
        double written;
        double load;
        double submitted;
        double started;
        double firstAt = -1;
        double prefillTook;
        double noise;

        Job(ActiveGeneration generation, int prompt, int cached, int output) {
            this.generation = generation;
            this.prompt = prompt;
            this.cached = cached;
            this.output = output;
        }
    }

    ClockworkBackend(double[] speeds, int slots, boolean timings, long seed) {
        this.prefill = speeds[0];
        this.alone = speeds[1];
        this.crowd = speeds[2];
        this.slots = slots;
        this.timings = timings;
        this.random = new Random(seed);
    }

    double perToken(int running) {
        return alone + crowd * (running - 1);
    }

    long now() {
        return Moments.at(clock);
    }

    int inside() {
        return queue.size() + active.size();
    }

    void submit(ActiveGeneration generation, int prompt, int cached, int output) {
        Job job = new Job(generation, prompt, cached, output);
        job.submitted = clock;
        job.noise = Math.exp(0.1 * random.nextGaussian());
        queue.add(job);
    }

    /** Lets the time pass; answers end on the way. */
    void pass(double seconds) {
        double until = clock + seconds;
        while (clock < until) {
            while (active.size() < slots && !queue.isEmpty()) {
                Job job = queue.remove();
                job.started = clock;
                job.load = loadSeconds;
                loadSeconds = 0;
                active.add(job);
            }
            clock += STEP;
            for (Job job : List.copyOf(active)) {
                run(job);
            }
        }
    }

    private void run(Job job) {
        double speed = 1 / (slowdown * job.noise);
        if (job.load > 0 && clock - job.started < job.load) {
            return;
        }
        if (job.firstAt < 0) {
            job.prompted += STEP * speed / (prefill * (1 + CROWDING * (active.size() - 1)));
            if (job.prompted >= job.prompt - job.cached) {
                job.firstAt = clock;
                job.prefillTook = clock - job.started - job.load;
                job.generation.progress(1, now());
            }
            return;
        }
        job.written += STEP * speed / perToken(active.size());
        if (job.written >= 1) {
            job.generation.progress((int) Math.min(job.output, job.written), now());
        }
        if (job.written >= job.output) {
            active.remove(job);
            job.generation.finished(lastLine(job), now());
        }
    }

    private ReportedTimings lastLine(Job job) {
        if (!timings) {
            return ReportedTimings.counts(job.prompt, job.output);
        }
        return new ReportedTimings(
                job.prompt,
                Moments.nanos(job.prefillTook),
                job.output,
                Moments.nanos(clock - job.firstAt),
                Moments.nanos(job.load + 0.02),
                Moments.nanos(clock - job.submitted + 0.03 + 0.004 * job.output));
    }
}
