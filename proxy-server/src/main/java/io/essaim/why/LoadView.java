package io.essaim.why;

/**
 * The load of a model as it stands.
 *
 * @param host the backend's name
 * @param model what is loaded
 * @param forSeconds how long it has been under way
 * @param etaSeconds until it is likely to be over, at least 1; 0 while the host's speed is not known
 */
public record LoadView(String host, String model, long forSeconds, int etaSeconds) {}
