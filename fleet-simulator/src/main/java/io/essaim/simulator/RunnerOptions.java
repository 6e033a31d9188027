package io.essaim.simulator;

/** The options a runner is started with; a request with others reloads the model (0.15.2 sched.go, needsReload). */
record RunnerOptions(int numCtx, long numBatch, long numGpu, long mainGpu, long numThread, boolean mmap) {
    static final RunnerOptions DEFAULT = new RunnerOptions(4096, 512, -1, 0, 0, true);
}
