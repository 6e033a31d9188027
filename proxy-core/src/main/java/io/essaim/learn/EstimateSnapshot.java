package io.essaim.learn;

import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * All estimates as values, to be kept over a restart. A snapshot is always in range: its constructors refuse other
 * values.
 *
 * @param version of this form
 * @param habits what is the same wherever a model runs
 * @param backends what was learned of backends
 */
public record EstimateSnapshot(int version, List<Habits> habits, List<Backend> backends) {
    /** The form that this code writes, and the only one it reads. */
    public static final int VERSION = 3;

    private static final double MOST_COUNT = 1e6;
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(
                    DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                    DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    public EstimateSnapshot {
        require(version == VERSION, "version");
        habits = List.copyOf(habits);
        backends = List.copyOf(backends);
    }

    /**
     * A learned value.
     *
     * @param value more than 0
     * @param weight observations it was worth when the snapshot was taken; 0 when only a prior stood behind it
     */
    public record Figure(double value, double weight) {
        public Figure {
            require(value > 0 && value <= MOST_COUNT, "value");
            require(weight >= 0 && weight <= MOST_COUNT, "weight");
        }
    }

    /**
     * Of a model.
     *
     * @param bytesPerToken bytes of a body per token of its prompt, without the envelope
     * @param envelopeBytes of a body around its text
     * @param lengths counts of answers by bucket of length
     */
    public record Habits(String model, Figure bytesPerToken, double envelopeBytes, List<Double> lengths) {
        public Habits {
            lengths = List.copyOf(lengths);
            require(lengths.size() == OutputLengths.BUCKETS, "lengths");
            for (double count : lengths) {
                require(count >= 0 && count <= MOST_COUNT, "lengths");
            }
            double bytes = bytesPerToken.value();
            require(bytes >= PromptSizes.LEAST_BYTES && bytes <= PromptSizes.MOST_BYTES, "bytesPerToken");
            require(Math.abs(envelopeBytes) <= PromptSizes.MOST_ENVELOPE, "envelopeBytes");
        }
    }

    /**
     * Of a backend.
     *
     * @param crowding by how much, as a share, each further generation slows down reading
     */
    public record Backend(String name, double crowding, List<Model> models) {
        public Backend {
            models = List.copyOf(models);
            require(crowding >= 0 && crowding <= ConcurrencySlowdown.MOST, "crowding");
        }
    }

    /**
     * Of a model on a backend; the fields are those of {@link Prior}, in seconds.
     *
     * @param kept share of the prompt tokens believed to be cached that were
     * @param tokensPerPiece tokens in one part of an answer
     */
    public record Model(
            String model,
            Figure prefill,
            double kept,
            Figure decode,
            double crowd,
            Figure load,
            Figure overhead,
            Figure tokensPerPiece,
            int slots) {
        public Model {
            require(kept >= 0 && kept <= 1, "kept");
            require(crowd >= 0 && crowd <= DecodeTimes.MOST * DecodeTimes.MOST_CROWD, "crowd");
            require(slots >= 1 && slots <= SlotCount.MOST, "slots");
        }
    }

    private static void require(boolean inRange, String field) {
        if (!inRange) {
            throw new IllegalArgumentException(field + " is out of range");
        }
    }

    /** The snapshot as JSON, UTF-8. */
    public byte[] write() {
        return MAPPER.writeValueAsString(this).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws InvalidSnapshot when it is of another version, damaged or out of range; one then begins without
     */
    public static EstimateSnapshot read(byte[] json) throws InvalidSnapshot {
        try {
            JsonNode tree = MAPPER.readTree(json);
            JsonNode version = tree.path("version");
            if (!version.isInt() || version.intValue() != VERSION) {
                throw new InvalidSnapshot("not a snapshot of version " + VERSION, null);
            }
            return MAPPER.treeToValue(tree, EstimateSnapshot.class);
        } catch (JacksonException e) {
            throw new InvalidSnapshot(e.getOriginalMessage(), e);
        }
    }
}
