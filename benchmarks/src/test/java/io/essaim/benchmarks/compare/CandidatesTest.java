package io.essaim.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.essaim.benchmarks.compare.Candidate.Ports;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CandidatesTest {

    private static final Ports PORTS = new Ports(8080, 11434);

    @TempDir
    Path repository;

    @Test
    void fillsInOrAppendsWhereEssaimListensAndSends() {
        assertThat(Candidates.essaimLine("java -jar x.jar serve", PORTS))
                .isEqualTo("java -jar x.jar serve --backend http://127.0.0.1:11434 --port 8080");
        assertThat(Candidates.essaimLine("essaim --to={backend} --at={port}", PORTS))
                .isEqualTo("essaim --to=http://127.0.0.1:11434 --at=8080");
    }

    @Test
    void findsEssaimByItsLauncherOrTheGivenCommand() throws IOException, InterruptedException {
        assertThat(new Candidates(repository, null, 100).find("essaim")).isEmpty();
        Candidate given =
                new Candidates(repository, "run-it", 100).find("essaim").orElseThrow();
        assertThat(Objects.requireNonNull(given.launch()).command(PORTS, repository))
                .containsExactly("/bin/sh", "-c", "exec run-it --backend http://127.0.0.1:11434 --port 8080");
    }

    @Test
    void refusesANameNobodyKnows() {
        assertThatThrownBy(() -> new Candidates(repository, null, 100).find("nginks"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nginks");
    }

    @Test
    void configuresTheOthersForStreams() {
        assertThat(ProxyConfigs.nginx(PORTS, Path.of("/tmp/x"), 500, "root"))
                .contains("proxy_buffering off;", "proxy_http_version 1.1;", "access_log off;", "user root;")
                .contains("server 127.0.0.1:11434;", "listen 127.0.0.1:8080 ", "worker_connections 500;");
        assertThat(ProxyConfigs.nginx(PORTS, Path.of("/tmp/x"), 500, "me")).doesNotContain("user ");
        assertThat(ProxyConfigs.haproxy(PORTS, 4, 500))
                .contains("nbthread 4", "maxconn 500", "option http-no-delay", "http-reuse safe");
    }
}
