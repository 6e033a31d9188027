package io.essaim.benchmarks.simulate;

import io.essaim.benchmarks.simulate.World.Run;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What one policy made of one scenario, over several seeds. Requests of the time of warming up do not count. A request that was
 * not answered is charged the client's whole patience, or what it took if that was longer, so that dropping work never looks
 * good; so is the first token of one that never saw any.
 *
 * @param requests that count
 * @param meanSeconds until the last token
 * @param ttft seconds to the first token, ascending
 * @param goodput share that was answered with a first token and a speed that people call good
 * @param failed share that was not answered
 * @param loads cold loads per run, those of the time of warming up too
 * @param cached share of the prompt tokens that needed no reading
 * @param onCloud share that clouds answered
 * @param dollars spent per run
 */
record Score(
        int requests,
        double meanSeconds,
        double[] ttft,
        double goodput,
        double failed,
        double loads,
        double cached,
        double onCloud,
        double dollars) {

    static Score of(Scenario scenario, List<Run> runs) {
        double patience = scenario.load().patience();
        List<Request> counted = new ArrayList<>();
        for (Run run : runs) {
            run.requests().stream()
                    .filter(request -> request.arrivedAt >= scenario.load().warmUp())
                    .forEach(counted::add);
        }
        List<Request> answered = counted.stream().filter(Request::answered).toList();
        long good = answered.stream()
                .filter(r -> r.ttft() <= scenario.goodTtft() && r.tpot() <= scenario.goodTpot())
                .count();
        double read = answered.stream().mapToDouble(Request::cachedTokens).sum();
        double asked = answered.stream().mapToDouble(r -> r.promptTokens).sum();
        double all = counted.size();
        return new Score(
                counted.size(),
                counted.stream()
                        .mapToDouble(r -> charged(r, patience))
                        .average()
                        .orElse(Double.NaN),
                counted.stream()
                        .mapToDouble(r -> r.begun() ? r.ttft() : patience)
                        .sorted()
                        .toArray(),
                good / all,
                1 - answered.size() / all,
                runs.stream().mapToInt(Run::loads).average().orElse(Double.NaN),
                read / asked,
                answered.stream().filter(Request::onCloud).count() / all,
                runs.stream().mapToDouble(Run::dollars).average().orElse(Double.NaN));
    }

    private static double charged(Request request, double patience) {
        return request.answered() ? request.total() : Math.max(patience, request.total());
    }

    /** The time to the first token that a share of the requests does not exceed (nearest rank). */
    double ttft(double share) {
        int rank = (int) Math.ceil(share * ttft.length);
        return ttft[Math.max(0, Math.min(ttft.length - 1, rank - 1))];
    }

    /** How much longer answers took than the oracle's, as a fraction. */
    double regret(Score oracle) {
        return meanSeconds / oracle.meanSeconds - 1;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Score that
                && requests == that.requests
                && meanSeconds == that.meanSeconds
                && Arrays.equals(ttft, that.ttft);
    }

    @Override
    public int hashCode() {
        return Double.hashCode(meanSeconds);
    }
}
