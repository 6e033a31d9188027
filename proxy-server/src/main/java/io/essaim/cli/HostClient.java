package io.essaim.cli;

import io.essaim.api.Json;
import io.essaim.config.BackendRule;
import io.essaim.config.Dialect;
import io.essaim.config.Rules;
import io.essaim.fleet.Inventory;
import io.essaim.model.ModelName;
import io.essaim.probe.ProbeAnswers;
import io.essaim.transport.BackendTrust;
import io.essaim.transport.TlsFailure;
import io.essaim.transport.TlsFault;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import javax.net.ssl.SSLContext;

/** Speaks to the Ollama hosts of the rules itself: these commands need no running proxy. Any thread. */
final class HostClient {
    private static final int SECONDS = 5;

    private final List<BackendRule> hosts;
    private final Map<String, HttpClient> clients = new HashMap<>();

    /**
     * @param rulesFile where the rules are from
     * @throws Main.Complaint when what they say of certificates cannot be used
     */
    HostClient(Rules rules, Path rulesFile) throws Main.Complaint {
        this.hosts = hosts(rules);
        BackendTrust trust = trust(rules, rulesFile);
        HttpClient usual = builder().build();
        for (BackendRule host : hosts) {
            SSLContext own = trust.ofJdk(host);
            clients.put(
                    host.name(), own == null ? usual : builder().sslContext(own).build());
        }
    }

    /** Whose certificates these rules accept. */
    static BackendTrust trust(Rules rules, Path rulesFile) throws Main.Complaint {
        try {
            return BackendTrust.of(rules, KeyWarnings.directory(rulesFile));
        } catch (TlsFault e) {
            throw new Main.Complaint(rulesFile + ": " + e.getMessage());
        }
    }

    private static HttpClient.Builder builder() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY)
                .connectTimeout(Duration.ofSeconds(SECONDS));
    }

    private HttpClient client(BackendRule host) {
        return Objects.requireNonNull(clients.get(host.name()));
    }

    /** The hosts that speak Ollama's API, in the order of the rules. */
    static List<BackendRule> hosts(Rules rules) {
        return rules.backends().values().stream()
                .filter(rule -> rule.dialect() == Dialect.OLLAMA)
                .toList();
    }

    /** What is installed, by {@link ModelName#key()}, as every host says; all are asked at once, for 5 s. */
    HostReplies<Map<String, Inventory.Installed>> installed() {
        return ask("/api/tags", body -> Optional.ofNullable(ProbeAnswers.installed(body)));
    }

    /** What is loaded, as every host says; all are asked at once, for 5 s. */
    HostReplies<List<Inventory.Loaded>> loaded() {
        return ask("/api/ps", body -> Optional.ofNullable(ProbeAnswers.loaded(body)));
    }

    /** Begins a download; its progress comes as lines. */
    void pull(BackendRule host, ModelName model, AnswerLines lines) {
        String body = "{\"model\":" + Json.quote(model.shortest()) + ",\"stream\":true}";
        HttpRequest request = HttpRequest.newBuilder(URI.create(host.url() + "/api/pull"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
        client(host).sendAsync(request, lines).whenComplete((answer, broken) -> {
            if (broken != null) {
                lines.onError(broken);
            }
        });
    }

    private <T> HostReplies<T> ask(String path, Function<byte[], Optional<T>> reader) {
        Map<BackendRule, CompletableFuture<HttpResponse<byte[]>>> asked = new LinkedHashMap<>();
        for (BackendRule host : hosts) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(host.url() + path)).build();
            asked.put(
                    host,
                    client(host).sendAsync(request, BodyHandlers.ofByteArray()).orTimeout(SECONDS, TimeUnit.SECONDS));
        }
        Map<String, T> answers = new LinkedHashMap<>();
        Map<String, String> failures = new LinkedHashMap<>();
        asked.forEach((host, answer) -> {
            String where = " (" + host.url() + path + ")";
            try {
                HttpResponse<byte[]> response = answer.join();
                Optional<T> read = response.statusCode() == 200 ? reader.apply(response.body()) : Optional.empty();
                if (read.isPresent()) {
                    answers.put(host.name(), read.get());
                } else {
                    String what =
                            response.statusCode() == 200 ? "something else than a list" : "" + response.statusCode();
                    failures.put(host.name(), "it answered " + what + where);
                }
            } catch (CompletionException e) {
                failures.put(host.name(), reason(e) + where);
            }
        });
        return new HostReplies<>(answers, failures);
    }

    /** Why a host did not answer, in words: the JDK's exceptions often have a name but no message. */
    static String reason(Throwable broken) {
        Throwable cause =
                broken instanceof CompletionException && broken.getCause() != null ? broken.getCause() : broken;
        if (cause instanceof HttpTimeoutException || cause instanceof TimeoutException) {
            return "it did not answer within " + SECONDS + " s";
        }
        for (Throwable deeper = cause; deeper != null; deeper = deeper.getCause()) {
            if (deeper instanceof UnresolvedAddressException) {
                return "its host name is not known";
            }
        }
        String distrust = TlsFailure.reason(cause);
        if (distrust != null) {
            return distrust;
        }
        if (cause instanceof ConnectException) { // the JDK does not tell a refusal from other reasons
            return "no connection to it (is Ollama running there?)";
        }
        return "the connection broke: "
                + (cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage());
    }
}
