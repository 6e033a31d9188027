package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.simulator.SimulatedHost;
import io.essaim.testing.ScriptedBackend;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PullCommandTest {
    private static final String ROUTES = "{'models':['llama3.2','llama3.2:*'],"
            + "'tiers':[['dev2'],[{'backend':'pi','model':'llama3.2:1b'}]]},"
            + "{'models':['qwen2.5-coder:*'],'tiers':[['dev2'],['pi']]},{'models':['*'],'tiers':[['dev2','pi']]}";
    private static final String PULL = "POST /api/pull";

    @TempDir
    Path directory;

    private final SimulatedHost dev2 = Hosts.with("llama3.2:latest", "qwen2.5-coder:1.5b");
    private final SimulatedHost pi = Hosts.with("all-minilm:latest");

    @AfterEach
    void end() {
        dev2.close();
        pi.close();
    }

    private String rules() {
        return Hosts.rules(directory, ROUTES, "dev2", dev2.url(), "pi", pi.url());
    }

    @Test
    void aModel_goesToTheHostsOfItsRoute_underTheNameOfEach() throws Exception {
        Said said = Said.by("pull", "--rules", rules(), "llama3.2:3b");
        assertThat(said.err()).isEmpty();
        assertThat(said.code()).isEqualTo(0);
        assertThat(said.out().lines().filter(line -> line.startsWith("pi: ")))
                .startsWith("pi: llama3.2:1b: pulling manifest")
                .anyMatch(line -> line.matches("pi: llama3.2:1b: pulling [0-9a-f]{12} 0% of 1.2 GiB"))
                .anyMatch(line -> line.matches("pi: llama3.2:1b: pulling [0-9a-f]{12} 100% of 1.2 GiB"))
                .endsWith(
                        "pi: llama3.2:1b: verifying sha256 digest",
                        "pi: llama3.2:1b: writing manifest",
                        "pi: llama3.2:1b: done")
                .hasSize(15);
        assertThat(said.out()).doesNotContain("\u001b").contains("dev2: llama3.2:3b: done");
        assertThat(Hosts.installed(pi)).contains("\"llama3.2:1b\"").doesNotContain("llama3.2:3b");
        assertThat(Hosts.installed(dev2)).contains("\"llama3.2:3b\"").doesNotContain("llama3.2:1b");
    }

    @Test
    void anAlias_isItsModel() throws Exception {
        Path rules = Path.of(rules());
        Files.writeString(
                rules, Files.readString(rules).replaceFirst("\\{", "{\"aliases\":{\"fast\":\"llama3.2:1b\"},"));
        Said said = Said.by("pull", "--rules", rules.toString(), "--dry-run", "Fast");
        assertThat(said.out().lines())
                .containsExactly("dev2: llama3.2:1b: would be pulled", "pi: llama3.2:1b: would be pulled");
    }

    @Test
    void aModelOfTheRouteForEverything_goesToOneHost() throws Exception {
        assertThat(Said.by("pull", "--rules", rules(), "phi3", "PHI3:latest").code())
                .isEqualTo(0);
        assertThat(Hosts.installed(dev2)).contains("\"phi3:latest\"");
        assertThat(dev2.state().requests(PULL)).as("one model in two spellings").isEqualTo(1);
        assertThat(pi.state().requests(PULL)).isEqualTo(0);
    }

    @Test
    void aNamedHost_getsTheModelAsItIsNamed() throws Exception {
        assertThat(Said.by("pull", "--rules", rules(), "--host", "pi", "llama3.2:3b", "phi3")
                        .code())
                .isEqualTo(0);
        assertThat(Hosts.installed(pi)).contains("\"llama3.2:3b\"", "\"phi3:latest\"");
        assertThat(dev2.state().requests(PULL)).isEqualTo(0);
    }

    @Test
    void whatIsMissing_isSaidWithDryRun_thenPulled_andThenNothingIsMissing() throws Exception {
        String rules = rules();
        Said dry = Said.by("pull", "--rules", rules, "--missing", "--dry-run");
        assertThat(dry.code()).isEqualTo(0);
        assertThat(dry.out().lines())
                .containsExactly("pi: llama3.2:1b: would be pulled", "pi: qwen2.5-coder:1.5b: would be pulled");
        assertThat(pi.state().requests(PULL)).isEqualTo(0);

        Said said = Said.by("pull", "--rules", rules, "--missing");
        assertThat(said.err()).isEmpty();
        assertThat(said.code()).isEqualTo(0);
        assertThat(Hosts.installed(pi)).contains("\"llama3.2:1b\"", "\"qwen2.5-coder:1.5b\"", "\"all-minilm:latest\"");
        assertThat(dev2.state().requests(PULL)).isEqualTo(0);

        Said again = Said.by("pull", "--rules", rules, "--missing");
        assertThat(again.code()).isEqualTo(0);
        assertThat(again.out().lines()).containsExactly("nothing is missing");
    }

    @Test
    void missingModels_ofNamedHostsOnly() {
        Said said = Said.by("pull", "--rules", rules(), "--missing", "--host", "dev2");
        assertThat(said.code()).isEqualTo(0);
        assertThat(said.out().lines()).containsExactly("nothing is missing");
    }

    @Test
    void aHostThatIsDown_doesNotKeepTheOthersFromTheirModels() throws Exception {
        try (SimulatedHost nas = Hosts.with("x")) {
            nas.kill();
            String rules = Hosts.rules(
                    directory, "{'models':['phi3'],'tiers':[['nas','pi']]}", "nas", nas.url(), "pi", pi.url());
            Said said = Said.by("pull", "--rules", rules, "--missing");
            assertThat(said.code()).isEqualTo(1);
            assertThat(said.err().lines()).singleElement().asString().startsWith("nas: no connection to it");
            assertThat(Hosts.installed(pi)).contains("\"phi3:latest\"");
            assertThat(Said.by("pull", "--rules", rules, "--missing").out().lines())
                    .containsExactly("nothing is missing on the hosts that answered");
            assertThat(Said.by("pull", "--rules", rules, "phi3").err().lines())
                    .containsExactly("nas: phi3:latest: no connection to it (is Ollama running there?)");
        }
    }

    @Test
    void whatFails_isNamedWithItsHost_andTheRestIsDone() throws Exception {
        Said said = Said.by("pull", "--rules", rules(), "--host", "pi", "nope", "phi3");
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err().lines()).containsExactly("pi: nope:latest: pull model manifest: file does not exist");
        assertThat(Hosts.installed(pi)).contains("\"phi3:latest\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 OK|{\"status\":\"pulling manifest\"}|it ended without saying that it succeeded",
                "200 OK|{\"status\":\"success\"};{\"error\":\"no \\u001b[31mspace\"}|no ?[31mspace",
                "200 OK|<html>|it answered 200: <html>",
                "500 X|{\"error\":\"invalid model name\"}|invalid model name",
                "302 Found|{\"status\":\"success\"}|it answered 302",
                "404 X|404 page not found|it answered 404: 404 page not found"
            })
    void anAnswerThatIsNoSuccess_isAFailure(String status, String lines, String why) {
        String body = lines.replace(';', '\n');
        String answer = "HTTP/1.1 " + status + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        try (ScriptedBackend odd = ScriptedBackend.with().plays(line -> line.send(answer))) {
            String rules = Hosts.rules(
                    directory,
                    "{'models':['*'],'tiers':[['odd']]}",
                    "odd",
                    odd.url().toString());
            Said said = Said.by("pull", "--rules", rules, "phi3");
            assertThat(said.code()).isEqualTo(1);
            assertThat(said.err().lines()).containsExactly("odd: phi3:latest: " + why);
            assertThat(odd.requests())
                    .singleElement()
                    .satisfies(request ->
                            assertThat(request.bodyText()).isEqualTo("{\"model\":\"phi3:latest\",\"stream\":true}"));
        }
    }

    @Test
    void anAnswerThatBreaksOff_isAFailure() {
        try (ScriptedBackend dying = ScriptedBackend.with().plays(line -> {
            line.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            line.chunk("{\"status\":\"pulling manifest\"}\n{\"status\":\"success\"}\n");
            line.close();
        })) {
            String rules = Hosts.rules(
                    directory,
                    "{'models':['*'],'tiers':[['pi']]}",
                    "pi",
                    dying.url().toString());
            Said said = Said.by("pull", "--rules", rules, "phi3");
            assertThat(said.code()).isEqualTo(1);
            assertThat(said.err()).startsWith("pi: phi3:latest: the connection broke: ");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "|name a MODEL to pull, or use --missing",
                "--missing phi3|--missing and MODEL exclude each other",
                "a/b/c/d|a/b/c/d: not a model name",
                "--host nas phi3|--host nas: the rules have no such Ollama host (they have dev2, pi)"
            })
    void aWrongUse_isExplained(String given, String why) {
        String line = "pull --rules " + rules() + (given == null ? "" : " " + given);
        Said said = Said.by(line.split(" ", -1));
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err().lines()).containsExactly(why);
        assertThat(said.out()).isEmpty();
    }

    @Test
    void aModelWithoutARoute_needsAHost() {
        String rules = Hosts.rules(directory, "{'models':['qwen*'],'tiers':[['pi']]}", "pi", pi.url());
        Said said = Said.by("pull", "--rules", rules, "phi3");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("phi3: no route is for this model").contains("--host");
    }
}
