package io.essaim.cli;

import io.essaim.simulator.HostProfile;
import io.essaim.simulator.ModelSpec;
import io.essaim.simulator.SimulatedHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Simulated hosts and rules for them, for tests of the commands that speak to hosts. */
final class Hosts {
    static final long GIB = 1L << 30;

    private Hosts() {}

    /** A fast host with these models, each of 2 GiB. */
    static SimulatedHost with(String... models) {
        return with(Arrays.stream(models)
                .map(name -> ModelSpec.text(name, 2 * GIB, "3B"))
                .toArray(ModelSpec[]::new));
    }

    static SimulatedHost with(ModelSpec... models) {
        return SimulatedHost.start(HostProfile.dev2().withModels(models).withTimeScale(1000), "127.0.0.1", 0);
    }

    /**
     * Writes rules.
     *
     * @param routes with single quotes for double ones
     * @param hosts names and URLs in turn
     * @return the file, as commands take it
     */
    static String rules(Path directory, String routes, String... hosts) {
        StringBuilder backends = new StringBuilder();
        for (int i = 0; i < hosts.length; i += 2) {
            backends.append(i == 0 ? "" : ",").append("\"%s\":{\"url\":\"%s\"}".formatted(hosts[i], hosts[i + 1]));
        }
        try {
            return Files.writeString(
                            directory.resolve("rules.json"),
                            "{\"backends\":{" + backends + "},\"routes\":[" + routes.replace('\'', '"') + "]}")
                    .toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the host says it has. */
    static String installed(SimulatedHost host) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(host.url() + "/api/tags")));
    }

    /** Brings a model into the host's memory for good. */
    static void load(SimulatedHost host, String model) throws IOException, InterruptedException {
        send(HttpRequest.newBuilder(URI.create(host.url() + "/api/generate"))
                .POST(BodyPublishers.ofString("{\"model\":\"" + model + "\",\"keep_alive\":-1}")));
    }

    private static String send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(request.build(), BodyHandlers.ofString())
                .body();
    }
}
