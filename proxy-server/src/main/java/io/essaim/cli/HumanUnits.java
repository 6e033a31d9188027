package io.essaim.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Sizes and times for people; shares of memory and times in the words of Ollama's own command line. */
final class HumanUnits {
    /** Ollama writes "for ever" as a time some 292 years ahead; its command line calls more than this so. */
    private static final long FOREVER_YEARS = 20;

    private HumanUnits() {}

    /** A size in bytes: {@code 1.2 GiB}, {@code 940 MiB}, {@code 12 KiB}. */
    static String size(long bytes) {
        if (bytes >= 1L << 30) {
            return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
        }
        return bytes >= 1 << 20 ? (bytes >> 20) + " MiB" : ((bytes + 1023) >> 10) + " KiB";
    }

    /**
     * Where a loaded model is: {@code 100% CPU}, {@code 100% GPU}, {@code 48%/52% CPU/GPU}.
     *
     * @param size of all that is loaded, in bytes
     * @param inGpu how much of it the GPU holds, in bytes
     */
    static String processor(long size, long inGpu) {
        if (inGpu == 0) {
            return "100% CPU";
        }
        if (inGpu == size) {
            return "100% GPU";
        }
        if (inGpu > size || inGpu < 0) {
            return "Unknown";
        }
        long cpu = Math.round((size - inGpu) * 100.0 / size);
        return cpu + "%/" + (100 - cpu) + "% CPU/GPU";
    }

    /** When a model will be unloaded: {@code 4 minutes from now}, {@code Forever}, {@code Stopping...} if that is over. */
    static String until(Instant when, Instant now) {
        Duration left = Duration.between(now, when);
        if (left.isNegative()) {
            return "Stopping...";
        }
        return left.toDays() / 365 > FOREVER_YEARS ? "Forever" : duration(left) + " from now";
    }

    private static String duration(Duration d) {
        if (d.toSeconds() < 60) {
            long seconds = d.toSeconds();
            return seconds < 1 ? "Less than a second" : seconds == 1 ? "1 second" : seconds + " seconds";
        }
        if (d.toMinutes() < 60) {
            return d.toMinutes() == 1 ? "About a minute" : d.toMinutes() + " minutes";
        }
        long hours = Math.round(d.toMinutes() / 60.0);
        if (hours < 48) {
            return hours == 1 ? "About an hour" : hours + " hours";
        }
        long days = hours / 24;
        if (days < 14) {
            return days + " days";
        }
        return days < 60 ? days / 7 + " weeks" : days < 730 ? days / 30 + " months" : days / 365 + " years";
    }
}
