package io.essaim.config;

/**
 * One cloud that an agent may fall back to.
 *
 * @param backend name of a backend of a cloud's dialect
 * @param model the model to ask it for, in that cloud's own naming
 */
public record CloudEntry(String backend, String model) {}
