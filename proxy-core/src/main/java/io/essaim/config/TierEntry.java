package io.essaim.config;

import org.jspecify.annotations.Nullable;

/**
 * One candidate of a tier.
 *
 * @param backend name of a backend of the Ollama dialect
 * @param model the model to ask it for, a valid model name; null for the one the client named
 */
public record TierEntry(String backend, @Nullable String model) {}
