package io.essaim.simulator;

import java.util.List;
import java.util.Set;

/**
 * A model that a simulated host has on disk.
 *
 * @param name with its tag, such as {@code llama3.2:latest}
 * @param size in bytes; decides how long a cold load takes
 * @param family of the weights, such as {@code llama} or {@code bert}
 * @param parameterSize as shown, such as {@code 3.2B}
 * @param quantization as shown, such as {@code Q4_K_M}
 * @param contextLength most tokens the weights were trained for, at least 1
 * @param embeddingLength length of its vectors, at least 1
 * @param capabilities what it can do, in the order Ollama lists them
 */
public record ModelSpec(
        String name,
        long size,
        String family,
        String parameterSize,
        String quantization,
        int contextLength,
        int embeddingLength,
        List<Capability> capabilities) {
    /** Checks the ranges and copies the list. */
    public ModelSpec {
        if (!ModelName.parse(name).isValid()) {
            throw new IllegalArgumentException("not a model name: '" + name + "'");
        }
        if (size < 1 || contextLength < 1 || embeddingLength < 1) {
            throw new IllegalArgumentException(name + ": size, contextLength and embeddingLength must be positive");
        }
        name = ModelName.parse(name).display();
        capabilities = List.copyOf(capabilities);
    }

    /** A text model of the llama family. */
    public static ModelSpec text(String name, long size, String parameterSize, Capability... more) {
        List<Capability> capabilities = new java.util.ArrayList<>(List.of(Capability.COMPLETION));
        capabilities.addAll(List.of(more));
        return new ModelSpec(name, size, "llama", parameterSize, "Q4_K_M", 131_072, 2048, capabilities);
    }

    /** An embedding model of the bert family, 384 dimensions. */
    public static ModelSpec embedding(String name, long size, String parameterSize) {
        return new ModelSpec(name, size, "bert", parameterSize, "F16", 512, 384, List.of(Capability.EMBEDDING));
    }

    /** The same weights with another trained context length, in tokens. */
    public ModelSpec withContextLength(int tokens) {
        return new ModelSpec(name, size, family, parameterSize, quantization, tokens, embeddingLength, capabilities);
    }

    boolean can(Capability capability) {
        return capabilities.contains(capability);
    }

    boolean onlyEmbeds() {
        return Set.copyOf(capabilities).equals(Set.of(Capability.EMBEDDING));
    }
}
