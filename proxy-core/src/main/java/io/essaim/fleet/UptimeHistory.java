package io.essaim.fleet;

/**
 * How long a host stayed up in the past, and what that predicts for the current uptime. A host that fell again and
 * again will most likely fall after about the same time; one that has outlived its past is trusted again. The latest
 * few uptimes count, each as if it could have been a quarter shorter or a third longer; one endless uptime is added.
 * Not thread-safe.
 */
final class UptimeHistory {
    private static final int MOST = 8;
    private static final double SHORTER = 0.75;
    private static final double LONGER = 1 / SHORTER;
    private static final double HOPE = 1;

    private final double[] seconds = new double[MOST];
    private int count;

    /** It went down. */
    void ended(double lived) {
        seconds[count % MOST] = lived;
        count++;
    }

    /**
     * The probability, below 1, that it goes down within the given time; 0 when nothing speaks for that.
     *
     * @param age seconds since it came up
     * @param ahead seconds from now
     */
    double risk(double age, double ahead) {
        double alive = HOPE;
        double dying = 0;
        for (int i = 0; i < Math.min(count, MOST); i++) {
            double now = survival(seconds[i], age);
            alive += now;
            dying += now - survival(seconds[i], age + ahead);
        }
        return dying / alive;
    }

    private static double survival(double life, double age) {
        double share = (LONGER * life - age) / ((LONGER - SHORTER) * life);
        return Math.max(0, Math.min(1, share));
    }
}
