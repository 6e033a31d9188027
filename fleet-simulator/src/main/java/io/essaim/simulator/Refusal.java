package io.essaim.simulator;

/** Why a request is refused: a status and Ollama's text, worded by the dialect of the route. */
record Refusal(int status, String text) {
    static final Refusal BUSY = new Refusal(503, "server busy, please try again.  maximum pending requests exceeded");
    static final Refusal RUNNER_DIED = new Refusal(
            500,
            "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error,"
                    + " check ollama server logs for details");
    static final String RUNNER_DIED_WRITING = "an error was encountered while running the model: unexpected EOF";

    static Refusal notFound(String model) {
        return new Refusal(404, "model '" + model + "' not found");
    }
}
