package io.essaim.config;

import org.jspecify.annotations.Nullable;

/**
 * One candidate of a tier.
 *
 * @param backend name of a backend of the Ollama dialect
 * @param model the model to ask it for, a valid model name; null for the one the client named
 * @param resident whether the model is to stay in this backend's memory, asked for or not; it is named then
 */
public record TierEntry(String backend, @Nullable String model, boolean resident) {}
