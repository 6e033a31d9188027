package io.essaim.cli;

import io.essaim.config.Admin;
import io.essaim.config.Rules;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks the admin pages of a running proxy: of the one that {@code --admin} names, else of the one that the rules describe. */
final class AdminClient {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String ANY = "0.0.0.0";

    @Option(names = "--rules", paramLabel = "FILE", description = "the rules (default: routing-rules.json)")
    private Path file = RulesFile.DEFAULT;

    @Option(
            names = "--admin",
            paramLabel = "URL",
            description = "the admin pages of the running proxy (default: where the rules say)")
    private @Nullable URI admin;

    /**
     * A page's JSON.
     *
     * @param page path with a leading slash, and query
     * @throws Main.Complaint when nobody answers there, or with something else; the answer's own text if it has one
     */
    JsonNode get(String page) throws Main.Complaint, InterruptedException {
        URI base = base();
        HttpResponse<String> answer;
        try {
            HttpClient client = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .proxy(HttpClient.Builder.NO_PROXY)
                    .connectTimeout(PATIENCE)
                    .build();
            HttpRequest request =
                    HttpRequest.newBuilder(base.resolve(page)).timeout(PATIENCE).build();
            answer = client.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new Main.Complaint("no proxy answers at " + base + " (is it running, with \"admin\" in its rules?)");
        } catch (IllegalArgumentException e) {
            throw new Main.Complaint("--admin " + base + ": this is no URL of an admin page");
        }
        if (answer.statusCode() != 200) {
            throw new Main.Complaint(answer.body().strip());
        }
        try {
            return new JsonMapper().readTree(answer.body());
        } catch (JacksonException e) {
            throw new Main.Complaint("what answers at " + base + " is no admin page of Essaim");
        }
    }

    /** The rules that {@code --rules} names. */
    Rules rules() throws Main.Complaint {
        return RulesFile.read(file);
    }

    private URI base() throws Main.Complaint {
        if (admin != null) {
            return admin;
        }
        Rules rules = RulesFile.read(file);
        Admin at = rules.admin();
        if (at == null) {
            throw new Main.Complaint(
                    file + ": \"admin\" is not in the rules, so a proxy with these rules tells nothing;"
                            + " add \"admin\": {}");
        }
        String host = at.host().equals(ANY) ? Admin.DEFAULT_HOST : at.host();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + at.port());
    }
}
