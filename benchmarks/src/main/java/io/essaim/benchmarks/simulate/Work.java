package io.essaim.benchmarks.simulate;

/** What is left to be done for one generation: first a prompt to read, then tokens to write. */
final class Work {
    private static final double NOTHING = 1e-6;

    final int model;
    final double size;
    double toRead;
    double toWrite;

    Work(int model, double size, double toRead, double toWrite) {
        this.model = model;
        this.size = size;
        this.toRead = toRead;
        this.toWrite = toWrite;
    }

    Work copy() {
        return new Work(model, size, toRead, toWrite);
    }

    boolean reading() {
        return toRead > NOTHING;
    }

    boolean finished() {
        return !reading() && toWrite <= NOTHING;
    }
}
