package io.essaim.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class RulesReportTest {
    @Test
    void tellsOfRoutesOfAgents() throws Exception {
        Path file = Path.of("src", "test", "resources", "rules", "good", "own-routes.json");
        assertThat(RulesReport.of(RulesLoader.load("own-routes.json", Files.readAllBytes(file))))
                .contains("""
                routes
                  1. *
                     tier 1  dev2
                     tier 2  pi

                routes of night, before those
                  1. llama3.2:*  (context at most 4096)
                     tier 1  pi as llama3.2:1b (stays in memory)
                  2. *
                     tier 1  pi
                     tier 2  dev2
                """, "night  local only; routes of its own; no farther than lan; batch");
    }

    @Test
    void printsTheShippedRules() throws Exception {
        Rules rules = RulesLoader.load("routing-rules.json", Files.readAllBytes(ShippedRulesTest.FILE));

        assertThat(RulesReport.of(rules)).isEqualTo("""
                listen    0.0.0.0:11434
                allow     127.0.0.0/8, ::1/128, 192.168.1.0/24
                hosts     local names only
                admin     127.0.0.1:11435

                backends
                  name     dialect  zone   weight  slots         key
                    url
                  dev2     ollama   lan    1       4             -
                    http://192.168.1.231:11434
                  pi       ollama   lan    0.3     1 (1 in all)  -
                    http://192.168.1.49:11434
                  gemini   openai   cloud  1       auto          file secrets/gemini.key
                    https://generativelanguage.googleapis.com/v1beta/openai
                  mistral  openai   cloud  1       auto          env MISTRAL_API_KEY
                    https://api.mistral.ai/v1

                routes
                  1. llama3.2, llama3.2:*
                     tier 1  dev2
                     tier 2  pi as llama3.2:1b (stays in memory)
                  2. qwen2.5-coder:*
                     tier 1  dev2
                     tier 2  pi
                  3. *
                     tier 1  dev2, pi

                agents
                  main  local only
                  dev   local only
                  rssi  local; clouds: gemini as gemini-2.5-flash, mistral as mistral-small-latest
                  drh   local; clouds: gemini as gemini-2.5-flash, mistral as mistral-small-latest

                timeouts  connect 1s, first token 2m, whole answer 10m, idle 1m, client write 1m, body idle 10s,
                          heartbeat 15s, drain 10m
                limits    body 64MiB, connections 1024 (256 per client), attempts 3
                queue     64 per model, 64MiB in all, for 2m
                """);
    }

    @Test
    void putsUrlsBesideTheRestWhereTheyFit() {
        Rules rules = Rules.forBackends(List.of(URI.create("http://dev2:11434")), "::", 0);

        assertThat(RulesReport.of(rules)).isEqualTo("""
                listen    [::]:any free port
                allow     127.0.0.0/8, ::1/128, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7, 169.254.0.0/16,
                          fe80::/10
                hosts     local names only
                admin     none

                backends
                  name  dialect  zone  weight  slots  key  url
                  dev2  ollama   lan   1       auto   -    http://dev2:11434

                routes
                  1. *
                     tier 1  dev2

                agents
                  none: every request stays local

                timeouts  connect 1s, first token 2m, whole answer 10m, idle 1m, client write 1m, body idle 10s,
                          heartbeat 15s, drain 10m
                limits    body 64MiB, connections 1024 (256 per client), attempts 3
                queue     64 per model, 64MiB in all, for 2m
                """);
    }
}
