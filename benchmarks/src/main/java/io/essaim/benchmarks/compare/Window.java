package io.essaim.benchmarks.compare;

import java.io.IOException;
import java.util.OptionalLong;

/**
 * What the machine and the processes had used, and the client had received, at one moment. The difference of two is a window.
 *
 * @param nanos the moment
 * @param lines received by the client; one line is one token
 * @param candidateTicks processor time of the candidate's process tree; 0 without a proxy
 * @param harnessTicks processor time of backend and client
 * @param allTicks processor time of all processes of the machine
 * @param stolenTicks processor time that a host took away
 */
record Window(long nanos, long lines, long candidateTicks, long harnessTicks, long allTicks, long stolenTicks) {

    /** Now; {@code lines} is what the client has just told. */
    static Window mark(long lines, Harness harness, ProcessTable processes, OptionalLong candidate) throws IOException {
        long nanos = System.nanoTime();
        long candidateTicks = candidate.isPresent() ? processes.ticksOfTree(candidate.getAsLong()) : 0;
        long harnessTicks = processes.ticksOfTree(harness.client().pid())
                + processes.ticksOfTree(harness.backend().pid());
        return new Window(nanos, lines, candidateTicks, harnessTicks, processes.ticksOfAll(), processes.stolenTicks());
    }

    Window since(Window earlier) {
        return new Window(
                nanos - earlier.nanos,
                lines - earlier.lines,
                candidateTicks - earlier.candidateTicks,
                harnessTicks - earlier.harnessTicks,
                allTicks - earlier.allTicks,
                stolenTicks - earlier.stolenTicks);
    }

    /** Processor time for each token, in microseconds. */
    double microsPerToken(long ticks, int ticksPerSecond) {
        return ticks * 1e6 / ticksPerSecond / lines;
    }

    /** Received tokens as a share of those that were due. */
    double delivered(int streams) {
        return lines / (nanos / 1e9 * streams * Wire.TOKENS_PER_SECOND);
    }

    /** Processors kept busy by anything that is neither candidate nor harness, or taken away by a host. */
    double foreignProcessors(int ticksPerSecond) {
        long foreign = Math.max(0, allTicks - candidateTicks - harnessTicks) + stolenTicks;
        return foreign / (nanos / 1e9) / ticksPerSecond;
    }

    /** Processors kept busy by all processes together. */
    double busyProcessors(int ticksPerSecond) {
        return allTicks / (nanos / 1e9) / ticksPerSecond;
    }
}
