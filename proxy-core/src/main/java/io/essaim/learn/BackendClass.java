package io.essaim.learn;

/**
 * The kind of machine of a backend: the start of its estimates before anything is measured. The figures are orders of
 * magnitude for a model of 2 GiB (3 billion weights of 4 bits) and give way to the first observation.
 */
public enum BackendClass {
    /** A Raspberry Pi or the like, models on an SD card. */
    SMALL_BOARD(0.04, 0.2, 0.18, 45, 0.02, 1),

    /** A few x86 cores without an accelerator. */
    CPU_SERVER(0.006, 0.05, 0.0225, 6, 0.01, 1),

    /** A host whose models fit into the memory of its accelerator. */
    GPU(0.0005, 1 / 60.0, 0.005, 3, 0.01, 1),

    /** Somebody else's fleet behind one address: it loads nothing for us and hardly slows down under what we send. */
    CLOUD(0.0002, 1 / 80.0, 0, 0, 0.6, 32);

    private static final double USUAL_BYTES = 2.0 * (1L << 30);

    private final double prefill;
    private final double token;
    private final double crowd;
    private final double load;
    private final double overhead;
    private final int slots;

    BackendClass(double prefill, double token, double crowd, double load, double overhead, int slots) {
        this.prefill = prefill;
        this.token = token;
        this.crowd = crowd;
        this.load = load;
        this.overhead = overhead;
        this.slots = slots;
    }

    /**
     * Where the estimates of a model begin here. Both reading and writing tokens are bound by the size of the weights.
     *
     * @param modelBytes size of the model, as {@code /api/tags} says; 0 when unknown
     */
    public Prior prior(long modelBytes) {
        double size = this == CLOUD || modelBytes <= 0 ? 1 : Math.min(100, Math.max(0.05, modelBytes / USUAL_BYTES));
        return new Prior(prefill * size, token * size, crowd * size, load * size, overhead, slots);
    }
}
