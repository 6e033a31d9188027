package io.essaim.simulator;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a simulated host behaves: its models, its speed and its limits. Immutable; the {@code with...} methods make changed copies.
 *
 * @param name for logs
 * @param dialect what the host speaks
 * @param models on its disk, newest first
 */
public record HostProfile(
        String name, Dialect dialect, List<ModelSpec> models, Speed speed, Limits limits, Behaviour behaviour) {
    private static final long GB = 1_000_000_000L;

    /** What a host speaks. */
    public enum Dialect {
        /** Everything Ollama 0.15.2 serves. */
        OLLAMA,
        /** The OpenAI routes only, under any base path, as clouds do. */
        OPENAI
    }

    /**
     * How fast a host is, in simulated time.
     *
     * @param tokensPerSecond written per slot, above 0
     * @param promptTokensPerSecond read, above 0
     * @param loadBytesPerSecond at which weights are loaded, above 0
     * @param contention extra time per token for each other busy slot of the model, 0 for none
     */
    public record Speed(
            double tokensPerSecond, double promptTokensPerSecond, double loadBytesPerSecond, double contention) {
        /** Checks the ranges. */
        public Speed {
            if (!(tokensPerSecond > 0)
                    || !(promptTokensPerSecond > 0)
                    || !(loadBytesPerSecond > 0)
                    || !(contention >= 0)) {
                throw new IllegalArgumentException("speeds must be above 0 and contention not below 0");
            }
        }
    }

    /**
     * What a host refuses or bounds.
     *
     * @param slots per loaded model (OLLAMA_NUM_PARALLEL), at least 1; embedding models always have 1
     * @param maxLoaded models in memory (OLLAMA_MAX_LOADED_MODELS), at least 1
     * @param maxQueue requests that wait for a load (OLLAMA_MAX_QUEUE), at least 1
     * @param keepAlive of a model that no request sets it for, in simulated time; negative for ever
     * @param requestsPerMinute of simulated time before an OpenAI host answers 429; 0 for no limit
     * @param apiKey that an OpenAI host asks for, or null
     */
    public record Limits(
            int slots,
            int maxLoaded,
            int maxQueue,
            Duration keepAlive,
            int requestsPerMinute,
            @Nullable String apiKey) {
        /** Checks the ranges. */
        public Limits {
            if (slots < 1 || maxLoaded < 1 || maxQueue < 1 || requestsPerMinute < 0) {
                throw new IllegalArgumentException(
                        "slots, maxLoaded and maxQueue must be at least 1, requestsPerMinute at least 0");
            }
        }
    }

    /**
     * How the simulation runs.
     *
     * @param timeScale simulated seconds per real second, above 0
     * @param seed of every generated text
     * @param minAnswerTokens shortest answer where the request does not cut it, at least 1
     * @param maxAnswerTokens longest such answer
     */
    public record Behaviour(double timeScale, long seed, int minAnswerTokens, int maxAnswerTokens) {
        /** Checks the ranges. */
        public Behaviour {
            if (!(timeScale > 0) || Double.isInfinite(timeScale)) {
                throw new IllegalArgumentException("timeScale must be a number above 0");
            }
            if (minAnswerTokens < 1 || maxAnswerTokens < minAnswerTokens) {
                throw new IllegalArgumentException(
                        "answer tokens must be at least 1, the longest not below the shortest");
            }
        }
    }

    /** Copies the list. */
    public HostProfile {
        models = List.copyOf(models);
    }

    /** The primary: 30 tok/s on each of 4 slots, 6 s to load a model of 2.0 GB. */
    public static HostProfile dev2() {
        return new HostProfile(
                "dev2",
                Dialect.OLLAMA,
                List.of(
                        ModelSpec.text("llama3.2:latest", 2_019_393_189L, "3.2B", Capability.TOOLS),
                        ModelSpec.text("llama3.2:1b", 1_321_098_329L, "1.2B", Capability.TOOLS),
                        ModelSpec.text("qwen2.5-coder:1.5b", 986_062_089L, "1.5B", Capability.TOOLS, Capability.INSERT),
                        ModelSpec.embedding("all-minilm:latest", 45_960_996L, "23M")),
                new Speed(30, 250, 2_019_393_189L / 6.0, 0),
                new Limits(4, 3, 512, Duration.ofMinutes(5), 0, null),
                new Behaviour(1, 1, 48, 160));
    }

    /** The standby: 5 tok/s on one slot, 45 s to load a model of 1.3 GB. */
    public static HostProfile pi() {
        HostProfile primary = dev2();
        return new HostProfile(
                "pi",
                Dialect.OLLAMA,
                List.copyOf(primary.models.subList(1, 4)),
                new Speed(5, 25, 1_321_098_329L / 45.0, 0),
                new Limits(1, 3, 512, Duration.ofMinutes(5), 0, null),
                primary.behaviour);
    }

    /** A cloud: 80 tok/s, nothing to load, OpenAI dialect, no key asked for until {@link #withApiKey}. */
    public static HostProfile cloud() {
        return new HostProfile(
                "cloud",
                Dialect.OPENAI,
                List.of(
                        ModelSpec.text("gemini-2.5-flash", 40 * GB, "cloud", Capability.TOOLS),
                        ModelSpec.text("mistral-small-latest", 48 * GB, "24B", Capability.TOOLS),
                        ModelSpec.embedding("mistral-embed", GB, "cloud").withContextLength(8192)),
                new Speed(80, 5_000, 1e18, 0),
                new Limits(256, 64, 512, Duration.ofSeconds(-1), 0, null),
                new Behaviour(1, 1, 48, 160));
    }

    /**
     * The profile of this name.
     *
     * @throws IllegalArgumentException for any other name than {@code dev2}, {@code pi} and {@code cloud}
     */
    public static HostProfile named(String name) {
        return switch (name) {
            case "dev2" -> dev2();
            case "pi" -> pi();
            case "cloud" -> cloud();
            default -> throw new IllegalArgumentException("unknown host profile '" + name + "': use dev2, pi or cloud");
        };
    }

    /** The same under another name. */
    public HostProfile withName(String other) {
        return new HostProfile(other, dialect, models, speed, limits, behaviour);
    }

    /** The same with these models, newest first. */
    public HostProfile withModels(ModelSpec... other) {
        return new HostProfile(name, dialect, List.of(other), speed, limits, behaviour);
    }

    /** The same at another speed. */
    public HostProfile withSpeed(Speed other) {
        return new HostProfile(name, dialect, models, other, limits, behaviour);
    }

    /** The same with other limits. */
    public HostProfile withLimits(Limits other) {
        return new HostProfile(name, dialect, models, speed, other, behaviour);
    }

    /** The same with another behaviour. */
    public HostProfile withBehaviour(Behaviour other) {
        return new HostProfile(name, dialect, models, speed, limits, other);
    }

    /** The same, this many times faster than real time. */
    public HostProfile withTimeScale(double factor) {
        return withBehaviour(
                new Behaviour(factor, behaviour.seed, behaviour.minAnswerTokens, behaviour.maxAnswerTokens));
    }

    /** The same with another seed of its texts. */
    public HostProfile withSeed(long seed) {
        return withBehaviour(
                new Behaviour(behaviour.timeScale, seed, behaviour.minAnswerTokens, behaviour.maxAnswerTokens));
    }

    /** The same with answers of these lengths where the request does not cut them. */
    public HostProfile withAnswerTokens(int shortest, int longest) {
        return withBehaviour(new Behaviour(behaviour.timeScale, behaviour.seed, shortest, longest));
    }

    /** The same with this many slots per loaded model. */
    public HostProfile withSlots(int slots) {
        return withLimits(new Limits(
                slots, limits.maxLoaded, limits.maxQueue, limits.keepAlive, limits.requestsPerMinute, limits.apiKey));
    }

    /** The same with room for this many models and requests waiting for a load. */
    public HostProfile withRoom(int maxLoaded, int maxQueue) {
        return withLimits(new Limits(
                limits.slots, maxLoaded, maxQueue, limits.keepAlive, limits.requestsPerMinute, limits.apiKey));
    }

    /** The same, asking for this key (OpenAI hosts only). */
    public HostProfile withApiKey(@Nullable String key) {
        return withLimits(new Limits(
                limits.slots, limits.maxLoaded, limits.maxQueue, limits.keepAlive, limits.requestsPerMinute, key));
    }

    /** The same, answering 429 beyond this many requests per simulated minute (OpenAI hosts only). */
    public HostProfile withRequestsPerMinute(int requests) {
        return withLimits(
                new Limits(limits.slots, limits.maxLoaded, limits.maxQueue, limits.keepAlive, requests, limits.apiKey));
    }
}
