package io.essaim.simulator;

import java.util.Locale;

/**
 * Something that goes wrong on command.
 *
 * @param kind what goes wrong
 * @param afterTokens for the mid-stream kinds: after how many tokens, at least 0
 * @param times how often it happens before it is used up; 0 for no limit
 * @param probability with which a request is hit, above 0, at most 1
 * @param seed of that draw
 * @param factor of {@link Kind#SLOW}, at least 1
 * @param retryAfterSeconds of {@link Kind#RATE_LIMIT}, at least 0
 * @param forMillis real milliseconds after which it clears itself; 0 for never
 * @param allRoutes true to hit every route but {@code /sim/}, false for the inference routes only
 */
public record Fault(
        Kind kind,
        int afterTokens,
        int times,
        double probability,
        long seed,
        double factor,
        int retryAfterSeconds,
        long forMillis,
        boolean allRoutes) {
    /** What can go wrong. */
    public enum Kind {
        /** The listener is closed: new connections are refused, established ones live on. */
        REFUSE_CONNECTIONS(false),
        /** The request is read and never answered. */
        SILENCE(false),
        /** The connection is reset before any byte of the answer. */
        RESET_BEFORE_HEAD(false),
        /** The head of a good answer, then a reset. */
        RESET_AFTER_HEAD(false),
        /** 500 with Ollama's text of a runner that died. */
        ERROR_500(false),
        /** 503 with Ollama's text of a full queue (two spaces). */
        BUSY_503(false),
        /** 429 with Retry-After, as clouds answer. */
        RATE_LIMIT_429(false),
        /** Reading and writing take {@code factor} times as long. */
        SLOW(true),
        /** Nothing more comes, the connection stays open and the slot taken. */
        STALL_MID_STREAM(true),
        /** Ollama's error line of a runner that died, then a proper end (each dialect as 0.15.2 does it). */
        CUT_WITH_ERROR_LINE(true),
        /** A reset in mid-stream. */
        CUT_WITH_RESET(true),
        /** The connection is closed in mid-stream without the end of the framing. */
        CUT_WITH_CLOSE(true),
        /** One line is broken JSON, then the stream goes on. */
        MALFORMED_LINE(true),
        /** A proper end without done line, finish_reason, [DONE], message_stop or response.completed. */
        NO_TERMINAL_FRAME(true);

        private final boolean whileGenerating;

        Kind(boolean whileGenerating) {
            this.whileGenerating = whileGenerating;
        }

        boolean isWhileGenerating() {
            return whileGenerating;
        }

        /** The name in admin calls and on the command line, such as {@code stall-mid-stream}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /**
         * The kind of this name.
         *
         * @throws IllegalArgumentException listing the valid names
         */
        public static Kind named(String word) {
            StringBuilder known = new StringBuilder();
            for (Kind kind : values()) {
                if (kind.word().equals(word)) {
                    return kind;
                }
                known.append(known.isEmpty() ? "" : ", ").append(kind.word());
            }
            throw new IllegalArgumentException("unknown fault '" + word + "': use one of " + known);
        }
    }

    /** Checks the ranges. */
    public Fault {
        if (afterTokens < 0 || times < 0 || retryAfterSeconds < 0 || forMillis < 0) {
            throw new IllegalArgumentException("after, times, retryAfter and forMillis must not be negative");
        }
        if (!(probability > 0 && probability <= 1)) {
            throw new IllegalArgumentException("probability must be above 0 and at most 1");
        }
        if (!(factor >= 1)) {
            throw new IllegalArgumentException("factor must be at least 1");
        }
    }

    /** A fault of this kind with its defaults: after 3 tokens, without limit, always, factor 10, Retry-After 5 s, inference routes. */
    public static Fault of(Kind kind) {
        return new Fault(kind, 3, 0, 1, 1, 10, 5, 0, false);
    }

    /**
     * Parses {@code kind[:key=value[,key=value...]]}, such as {@code stall-mid-stream:after=3,times=1}. Keys: after, times,
     * probability, seed, factor, retryAfter, forMillis, routes (inference or all).
     *
     * @throws IllegalArgumentException naming what is wrong and the valid values
     */
    public static Fault parse(String text) {
        int colon = text.indexOf(':');
        Fault fault = of(Kind.named(colon < 0 ? text : text.substring(0, colon)));
        if (colon < 0) {
            return fault;
        }
        for (String pair : text.substring(colon + 1).split(",", -1)) {
            int equals = pair.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("fault setting '" + pair + "' is not key=value in '" + text + "'");
            }
            fault = fault.with(pair.substring(0, equals), pair.substring(equals + 1));
        }
        return fault;
    }

    /** The same with one setting changed, by the names that {@link #parse} knows. */
    public Fault with(String key, String value) {
        try {
            return switch (key) {
                case "after", "afterTokens" -> after(Integer.parseInt(value));
                case "times" -> times(Integer.parseInt(value));
                case "probability" -> probability(Double.parseDouble(value), seed);
                case "seed" -> probability(probability, Long.parseLong(value));
                case "factor" -> factor(Double.parseDouble(value));
                case "retryAfter" -> retryAfter(Integer.parseInt(value));
                case "forMillis" -> forMillis(Long.parseLong(value));
                case "routes" -> routes(value);
                default ->
                    throw new IllegalArgumentException("unknown fault setting '" + key
                            + "': use after, times, probability, seed, factor, retryAfter, forMillis or routes");
            };
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("fault setting '" + key + "' is not a number: '" + value + "'", e);
        }
    }

    /** The same after this many tokens. */
    public Fault after(int tokens) {
        return new Fault(kind, tokens, times, probability, seed, factor, retryAfterSeconds, forMillis, allRoutes);
    }

    /** The same this often; 0 for no limit. */
    public Fault times(int count) {
        return new Fault(kind, afterTokens, count, probability, seed, factor, retryAfterSeconds, forMillis, allRoutes);
    }

    /** The same for this share of the requests. */
    public Fault probability(double share, long drawSeed) {
        return new Fault(kind, afterTokens, times, share, drawSeed, factor, retryAfterSeconds, forMillis, allRoutes);
    }

    /** The same slowed down this many times. */
    public Fault factor(double slowdown) {
        return new Fault(
                kind, afterTokens, times, probability, seed, slowdown, retryAfterSeconds, forMillis, allRoutes);
    }

    /** The same with this Retry-After, in seconds. */
    public Fault retryAfter(int seconds) {
        return new Fault(kind, afterTokens, times, probability, seed, factor, seconds, forMillis, allRoutes);
    }

    /** The same, cleared after this many real milliseconds. */
    public Fault forMillis(long millis) {
        return new Fault(kind, afterTokens, times, probability, seed, factor, retryAfterSeconds, millis, allRoutes);
    }

    /** The same for every route but {@code /sim/}. */
    public Fault onAllRoutes() {
        return new Fault(kind, afterTokens, times, probability, seed, factor, retryAfterSeconds, forMillis, true);
    }

    private Fault routes(String value) {
        return switch (value) {
            case "all" -> onAllRoutes();
            case "inference" -> this;
            default -> throw new IllegalArgumentException("routes must be inference or all, not '" + value + "'");
        };
    }
}
