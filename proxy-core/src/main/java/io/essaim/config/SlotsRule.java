package io.essaim.config;

/**
 * How many requests a backend works on at once.
 *
 * @param perModel of one model, 1 to 1024; 0 when that is to be learned. An Ollama has {@code OLLAMA_NUM_PARALLEL} for each model that it
 *     has in memory
 * @param inAll of all models together, 1 to 1024; 0 for as many as that makes
 */
public record SlotsRule(int perModel, int inAll) {
    /** Nothing is said. */
    public static final SlotsRule NONE = new SlotsRule(0, 0);

    /** For a person. */
    @Override
    public String toString() {
        String each = perModel == 0 ? "auto" : Integer.toString(perModel);
        return inAll == 0 ? each : each + " (" + inAll + " in all)";
    }
}
