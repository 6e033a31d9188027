package io.essaim.simulator;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Hosts and requests that several tests share. */
final class Hosts {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Hosts() {}

    /** Quick: a load takes 12 ms of real time, a token 0.07 ms. */
    static SimulatedHost quick() {
        return start(HostProfile.dev2().withTimeScale(500));
    }

    /** Slow enough that what is awaited does not end by itself: a token takes an hour. */
    static SimulatedHost endless(int slots) {
        return start(HostProfile.dev2().withSlots(slots).withSpeed(new HostProfile.Speed(1 / 3600.0, 1e9, 1e15, 0)));
    }

    static SimulatedHost start(HostProfile profile) {
        return SimulatedHost.start(profile, "127.0.0.1", 0);
    }

    static String chat(String model, String text, boolean stream, int numPredict) {
        return JSON.writeValueAsString(Map.of(
                "model",
                model,
                "messages",
                new Object[] {Map.of("role", "user", "content", text)},
                "stream",
                stream,
                "options",
                Map.of("num_predict", numPredict)));
    }

    static JsonNode json(String text) {
        return JSON.readTree(text);
    }

    /** The last line of a stream. */
    static JsonNode last(Wire.Answer answer) {
        return json(answer.chunks().get(answer.chunks().size() - 1));
    }
}
