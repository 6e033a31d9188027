package io.essaim.learn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * The generations under way on one backend, and over time how many ran. Generations beyond the slots of their model
 * wait inside the host and slow no other. Guarded by its {@link BackendEstimates}.
 */
final class ActiveGenerations {
    private static final double LEAST_REST = 0.05;
    private static final double LEAST_ENDING = 1e-3;

    private ActiveGeneration[] all = new ActiveGeneration[8];

    private final ConcurrencySlowdown crowding;

    /** Models that are loaded by requests of the proxy's own, whether or not somebody waits for them. */
    private final List<ModelEstimates> loading = new ArrayList<>(2);

    private int size;
    private int active;
    private double area;
    private double pace;
    private long areaAt;

    /** How many times longer than predicted somebody has been kept waiting; at least 1. Of the last {@link #survey}. */
    double overdue;

    /** How many times slower than believed somebody is written for; at least 1. Of the last survey. */
    double slower;

    /** Generations of the model that are likely to end per second. Of the last survey. */
    double ending;

    /** The same of all models. */
    double endingInAll;

    /** Seconds until a load of the model that is under way ends; -1 when there is none. Of the last survey. */
    double ownLoad;

    /** Seconds that loads of other models under way will take. Of the last survey. */
    double otherLoads;

    ActiveGenerations(ConcurrencySlowdown crowding) {
        this.crowding = crowding;
    }

    int size() {
        return size;
    }

    int active() {
        return active;
    }

    void add(ActiveGeneration generation) {
        if (size == all.length) {
            all = Arrays.copyOf(all, size * 2);
        }
        generation.index = size;
        all[size++] = generation;
    }

    void remove(ActiveGeneration generation) {
        ActiveGeneration last = all[--size];
        all[generation.index] = last;
        last.index = generation.index;
        Arrays.fill(all, size, size + 1, null);
    }

    /** So many more generations hold a slot from now on. */
    void activate(int more, long now) {
        area = area(now);
        pace = pace(now);
        areaAt = now;
        active += more;
    }

    /** Running generations times seconds, since the beginning. */
    double area(long now) {
        return area + active * ((now - areaAt) / 1e9);
    }

    /** Seconds since the beginning, each counted for as much as somebody who runs gets to read in it. */
    double pace(long now) {
        return pace + (now - areaAt) / 1e9 / crowding.times(Math.max(1, active));
    }

    /** Looks at every generation for a prediction of this model; the fields above tell the results. */
    void survey(ModelEstimates model, boolean endings, long now) {
        overdue = 1;
        slower = 1;
        ending = 0;
        endingInAll = 0;
        ownLoad = -1;
        otherLoads = 0;
        for (int i = 0; i < size; i++) {
            ActiveGeneration generation = all[i];
            overdue = Math.max(overdue, generation.overdue(now));
            slower = Math.max(slower, generation.slower());
            boolean own = generation.model == model;
            if (generation.loads() && !loading.contains(generation.model)) {
                double left = Math.max(LEAST_REST, generation.loadSeconds - generation.elapsed(now));
                ownLoad = own ? left : ownLoad;
                otherLoads += own ? 0 : left;
            }
            if (endings) {
                double rate = 1 / Math.max(LEAST_REST, generation.remaining(active, now));
                ending += own ? rate : 0;
                endingInAll += rate;
            }
        }
        for (int i = 0; i < loading.size(); i++) {
            double left = Math.max(LEAST_REST, loading.get(i).load.left(now));
            if (loading.get(i) == model) {
                ownLoad = left;
            } else {
                otherLoads += left;
            }
        }
    }

    /**
     * Seconds until the model is in memory, one load at a time; a request for a model that is being loaded waits for the rest of that load. An Ollama
     * unloads nothing that runs (server/sched.go): it waits until one of the models in the way has nothing to do. Of the last survey.
     *
     * @param wait seconds that the request waits for a slot before
     */
    double untilLoaded(ModelEstimates model, ModelAbsence absence, double wait, long now) {
        if (ownLoad >= 0) {
            return ownLoad;
        }
        double busy = absence.reload() ? untilIdle(model, now) : untilOneIdle(absence.inTheWay(), now);
        return Math.max(0, busy - wait) + otherLoads + model.load.seconds(absence.loadSeconds());
    }

    /** Seconds until nothing runs of the model any more. */
    private double untilIdle(ModelEstimates model, long now) {
        double longest = 0;
        for (int i = 0; i < size; i++) {
            if (all[i].model == model) {
                longest = Math.max(longest, all[i].remaining(active, now));
            }
        }
        return longest;
    }

    /** Seconds until one of so many models has nothing to do; 0 when one has nothing to do already. */
    private double untilOneIdle(int models, long now) {
        if (models == 0) {
            return 0;
        }
        Set<ModelEstimates> busy = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < size; i++) {
            if (!all[i].loads()) {
                busy.add(all[i].model);
            }
        }
        return busy.size() < models
                ? 0
                : busy.stream().mapToDouble(one -> untilIdle(one, now)).min().orElse(0);
    }

    /** Seconds until one of the model is likely to end. Of the last survey with endings. */
    double untilOneEnds() {
        return 1 / Math.max(LEAST_ENDING, ending);
    }

    /**
     * Seconds until a slot of the model is free and there is room for one more of any model. Those beyond the slots wait inside:
     * none of them ends before it ran. Of the last survey with endings.
     *
     * @param inFlight of the model
     * @param inAll that are sent at most, of all models
     */
    double untilFree(int inFlight, int slots, int inAll) {
        double own = 0;
        if (inFlight >= slots) {
            own = (inFlight - slots + 1) / Math.max(LEAST_ENDING, ending * slots / inFlight);
        }
        int beyond = size - inAll + 1;
        return beyond > 0 ? Math.max(own, beyond / Math.max(LEAST_ENDING, endingInAll)) : own;
    }

    /** Seconds until the last prompt is read that another one beside it would make late; 0 when there is none. */
    double untilRead(long now) {
        double longest = 0;
        for (int i = 0; i < size; i++) {
            if (all[i].wouldBeLate(active, now)) {
                longest = Math.max(longest, all[i].untilFirst(active, now));
            }
        }
        return longest;
    }

    /** Whether it was under way before. */
    boolean loading(ModelEstimates model, boolean underWay) {
        boolean before = loading.remove(model);
        if (underWay) {
            loading.add(model);
        }
        return before;
    }

    /** Generations of the model that began before this one and did not end yet; they hold the other slots once it runs. */
    int before(ActiveGeneration generation) {
        int count = 0;
        for (int i = 0; i < size; i++) {
            if (all[i].model == generation.model && all[i].number - generation.number < 0) {
                count++;
            }
        }
        return count;
    }

    /** Generations of the model that write at this moment. */
    int writing(ModelEstimates model) {
        int count = 0;
        for (int i = 0; i < size; i++) {
            if (all[i].model == model && all[i].pieces > 0) {
                count++;
            }
        }
        return count;
    }

    /** Whether this model is on its way into memory. */
    boolean loading(ModelEstimates model) {
        return loading.contains(model) || expected(model);
    }

    /** Whether a generation under way caused the model's load, and will learn how long it took. */
    boolean expected(ModelEstimates model) {
        for (int i = 0; i < size; i++) {
            if (all[i].model == model && all[i].loads()) {
                return true;
            }
        }
        return false;
    }
}
