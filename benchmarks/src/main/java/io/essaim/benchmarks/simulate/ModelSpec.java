package io.essaim.benchmarks.simulate;

/**
 * A model.
 *
 * @param name with a tag, as Ollama spells it
 * @param size 1 is what the speeds of {@link HostSpec} are given for; twice the size runs and loads half as fast
 * @param share of the conversations that ask for it
 */
record ModelSpec(String name, double size, double share) {}
