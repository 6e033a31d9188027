package io.essaim.dialect;

import io.essaim.dialect.SamplingOptions.Setting;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a backend can be asked for. What a request says beyond it is refused before anything is sent. Known sets have names
 * ({@link #named}); what they hold was read in the providers' references and in reports of their refusals.
 *
 * @param features what it has beside plain conversation
 * @param options the numeric options it takes
 * @param mostStops how many stop texts
 * @param quirks where its spelling differs from its dialect's
 */
public record Capabilities(Set<Feature> features, Set<Setting> options, int mostStops, Set<Quirk> quirks) {
    /** What not every backend has. */
    public enum Feature {
        PICTURES,
        TOOLS,
        /** That a tool, or a certain one, must be called. */
        TOOL_CHOICE,
        ANY_JSON,
        JSON_SCHEMA,
        /** That thinking can be asked for. */
        EFFORT,
        /** That thoughts of earlier turns may be sent back. */
        THOUGHTS,
        LOGPROBS
    }

    /** Differences within a dialect. */
    public enum Quirk {
        /** {@code random_seed} for {@code seed}. */
        RANDOM_SEED,
        /** Ids of calls have nine letters or digits. */
        NINE_LETTER_IDS,
        /** {@code stream_options} is refused as an unknown field; usage comes by itself. */
        NO_STREAM_OPTIONS,
        /** {@code max_completion_tokens} for {@code max_tokens}. */
        COMPLETION_TOKENS,
        /** {@code repetition_penalty} for {@code repeat_penalty}. */
        REPETITION_PENALTY,
        /** Calls of earlier turns must carry a signature, or say that they have none. */
        SIGNED_CALLS
    }

    private static final Set<Setting> COMMON = EnumSet.of(
            Setting.TEMPERATURE,
            Setting.TOP_P,
            Setting.SEED,
            Setting.LIMIT,
            Setting.PRESENCE_PENALTY,
            Setting.FREQUENCY_PENALTY);
    private static final Set<Setting> LOCAL = with(COMMON, Setting.TOP_K, Setting.MIN_P, Setting.REPEAT_PENALTY);
    private static final Set<Feature> USUAL = EnumSet.of(
            Feature.PICTURES,
            Feature.TOOLS,
            Feature.TOOL_CHOICE,
            Feature.ANY_JSON,
            Feature.JSON_SCHEMA,
            Feature.EFFORT);
    private static final Set<Feature> ALL = EnumSet.allOf(Feature.class);
    private static final Set<Quirk> NONE = EnumSet.noneOf(Quirk.class);

    private static final Map<String, Capabilities> NAMED = Map.ofEntries(
            Map.entry(
                    "ollama",
                    new Capabilities(without(ALL, Feature.TOOL_CHOICE), EnumSet.allOf(Setting.class), 64, NONE)),
            Map.entry(
                    "openai",
                    new Capabilities(with(USUAL, Feature.LOGPROBS), COMMON, 4, EnumSet.of(Quirk.COMPLETION_TOKENS))),
            Map.entry("compatible", new Capabilities(USUAL, COMMON, 4, NONE)),
            Map.entry(
                    "gemini-openai",
                    new Capabilities(
                            USUAL,
                            EnumSet.of(Setting.TEMPERATURE, Setting.TOP_P, Setting.LIMIT),
                            5,
                            EnumSet.of(Quirk.SIGNED_CALLS))),
            Map.entry(
                    "mistral",
                    new Capabilities(
                            without(USUAL, Feature.EFFORT),
                            COMMON,
                            16,
                            EnumSet.of(Quirk.RANDOM_SEED, Quirk.NINE_LETTER_IDS, Quirk.NO_STREAM_OPTIONS))),
            Map.entry("vllm", new Capabilities(ALL, LOCAL, 64, EnumSet.of(Quirk.REPETITION_PENALTY))),
            Map.entry(
                    "llama.cpp",
                    new Capabilities(ALL, with(LOCAL, Setting.TYPICAL_P, Setting.REPEAT_LAST_N), 64, NONE)),
            Map.entry(
                    "lm-studio",
                    new Capabilities(
                            without(USUAL, Feature.ANY_JSON),
                            with(COMMON, Setting.TOP_K, Setting.REPEAT_PENALTY),
                            64,
                            NONE)),
            Map.entry(
                    "anthropic",
                    new Capabilities(
                            EnumSet.of(
                                    Feature.PICTURES,
                                    Feature.TOOLS,
                                    Feature.TOOL_CHOICE,
                                    Feature.EFFORT,
                                    Feature.THOUGHTS),
                            EnumSet.of(Setting.TEMPERATURE, Setting.TOP_P, Setting.TOP_K, Setting.LIMIT),
                            16,
                            NONE)),
            Map.entry(
                    "gemini", new Capabilities(USUAL, with(COMMON, Setting.TOP_K), 5, EnumSet.of(Quirk.SIGNED_CALLS))));

    public Capabilities {
        features = Set.copyOf(features);
        options = Set.copyOf(options);
        quirks = Set.copyOf(quirks);
    }

    /**
     * A known set: {@code ollama}, {@code openai}, {@code compatible} (a server of which nothing is known), {@code
     * gemini-openai}, {@code mistral}, {@code vllm}, {@code llama.cpp}, {@code lm-studio}, {@code anthropic}, {@code gemini}.
     */
    public static Optional<Capabilities> named(String name) {
        return Optional.ofNullable(NAMED.get(name));
    }

    /** The names of the known sets, sorted. */
    public static List<String> names() {
        return NAMED.keySet().stream().sorted().toList();
    }

    boolean has(Feature feature) {
        return features.contains(feature);
    }

    boolean has(Quirk quirk) {
        return quirks.contains(quirk);
    }

    /** Refuses what a request says and this backend cannot be told. */
    void check(NeutralRequest asked) throws Untranslatable {
        if (!asked.beyond().isEmpty()) {
            throw new Untranslatable(asked.beyond().get(0));
        }
        ToolChoice.Kind choice = asked.choice().kind();
        boolean must = choice == ToolChoice.Kind.REQUIRED || choice == ToolChoice.Kind.NAMED;
        need(asked.tools().isEmpty(), Feature.TOOLS, "tools");
        need(asked.tools().isEmpty() || !must, Feature.TOOL_CHOICE, "tool_choice");
        need(!asked.effort().wanted(), Feature.EFFORT, "think");
        need(asked.options().logprobs() == null, Feature.LOGPROBS, "logprobs");
        need(asked.shape() == null, Feature.JSON_SCHEMA, "format");
        need(asked.turns().pictures() == 0, Feature.PICTURES, "images");
        need(!asked.turns().hasCalls(), Feature.TOOLS, "tool_calls");
        if (asked.options().stop().size() > mostStops) {
            throw new Untranslatable("stop");
        }
        for (Map.Entry<Setting, Double> option : asked.options().numbers().entrySet()) {
            Setting name = option.getKey();
            boolean idle = name.doesNothing(option.getValue())
                    || name == Setting.REPEAT_LAST_N && asked.options().get(Setting.REPEAT_PENALTY) == null;
            if (!options.contains(name) && !idle) {
                throw new Untranslatable(name.key());
            }
        }
    }

    private void need(boolean unused, Feature feature, String field) throws Untranslatable {
        if (!unused && !features.contains(feature)) {
            throw new Untranslatable(field);
        }
    }

    @SafeVarargs
    private static <E extends Enum<E>> Set<E> with(Set<E> some, E... more) {
        EnumSet<E> all = EnumSet.copyOf(some);
        for (E one : more) {
            all.add(one);
        }
        return all;
    }

    private static <E extends Enum<E>> Set<E> without(Set<E> some, E one) {
        EnumSet<E> rest = EnumSet.copyOf(some);
        rest.remove(one);
        return rest;
    }
}
