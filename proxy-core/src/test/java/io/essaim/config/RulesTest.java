package io.essaim.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.essaim.model.ModelName;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RulesTest {

    @Test
    void readsEveryKey() throws Exception {
        Path file = Path.of("src", "test", "resources", "rules", "good", "full.json");
        Rules rules = RulesLoader.load("full.json", Files.readAllBytes(file));

        assertThat(rules.listen().host()).isEqualTo("::");
        assertThat(rules.listen().port()).isZero();
        assertThat(rules.listen().allow()).hasToString("[10.1.2.3/32, fd00::/8, 192.168.0.0/16, 0.0.0.0/0]");
        assertThat(rules.listen().hosts()).containsExactly("ai.example.org", "portal");
        assertThat(rules.listen().trust()).hasToString("[127.0.0.1/32, fd00::1/128, 10.0.0.0/8]");
        assertThat(rules.listen().tls()).isEqualTo(new KeyPairFiles("certs/server.pem", "/run/secrets/key.pem"));
        assertThat(RulesReport.of(rules))
                .contains("trust     127.0.0.1/32, fd00::1/128, 10.0.0.0/8\n")
                .contains("tls       certificate certs/server.pem, key /run/secrets/key.pem\n");
        Listen moved = rules.listeningAt("127.0.0.1", 1).listen();
        assertThat(moved.trust()).isEqualTo(rules.listen().trust());
        assertThat(moved.tls()).isEqualTo(rules.listen().tls());
        assertThat(rules.admin()).isEqualTo(new Admin("127.0.0.1", 11435));
        assertThat(rules.backends().get("a"))
                .isEqualTo(new BackendRule(
                        "a",
                        URI.create("http://dev2.lan/ollama"),
                        Dialect.OLLAMA,
                        0.001,
                        new SlotsRule(1024, 1024),
                        new SpeedRule(SpeedRule.Machine.GPU, 60, 0),
                        "lan",
                        null,
                        null,
                        "ollama",
                        List.of()));
        assertThat(rules.backends().get("b-2.x_y").zone()).isEqualTo("host");
        assertThat(rules.backends().get("c").zone()).isEqualTo("cloud-eu-1");
        assertThat(rules.backends().get("c").apiKey()).isEqualTo(new SecretSource.Env("_KEY1"));
        assertThat(rules.backends().get("d").zone()).isEqualTo("lan");
        assertThat(rules.backends().get("d").apiKey()).isEqualTo(new SecretSource.File("/run/secrets/d key"));
        assertThat(rules.routes().get(1).tiers().get(0))
                .containsExactly(new TierEntry("a", null, false), new TierEntry("a", "qwen3:0.6b", false));
        assertThat(rules.agents().get("r").cloud()).startsWith(new CloudEntry("d", "org/model:free", 131072));
        assertThat(rules.timeouts())
                .isEqualTo(new Timeouts(
                        Duration.ofMillis(500),
                        Duration.ofMinutes(2),
                        Duration.ofHours(24),
                        Duration.ofSeconds(90),
                        Duration.ofMillis(1),
                        Duration.ofSeconds(3),
                        Duration.ZERO,
                        Duration.ZERO));
        assertThat(rules.limits()).isEqualTo(new Limits(1L << 30, 65536, 512, 1));
        assertThat(rules.queue()).isEqualTo(new QueueRule(0, 1 << 20, Duration.ofHours(24)));
        assertThat(rules.agents().get("main").priority()).isEqualTo(Priority.INTERACTIVE);
        assertThat(rules.agents().get("nightly").priority()).isEqualTo(Priority.BATCH);
    }

    @Test
    void readsGates() throws Exception {
        Path file = Path.of("src", "test", "resources", "rules", "good", "profiles.json");
        Rules rules = RulesLoader.load("profiles.json", Files.readAllBytes(file));

        assertThat(rules.agent("a").profile().gate()).isNull();
        assertThat(rules.agent("e").profile().gate()).isEqualTo(new Gate(8, Double.POSITIVE_INFINITY, true));
        assertThat(rules.agent("f").profile().gate()).isEqualTo(new Gate(Double.POSITIVE_INFINITY, 0.15, false));
    }

    @Test
    void fillsInDefaults() throws Exception {
        Path file = Path.of("src", "test", "resources", "rules", "good", "minimal.json");
        Rules rules = RulesLoader.load("minimal.json", Files.readAllBytes(file));

        assertThat(rules.listen())
                .isEqualTo(
                        new Listen("127.0.0.1", 11434, Listen.PRIVATE_NETWORKS, List.of(), List.of(), List.of(), null));
        assertThat(rules.admin()).isNull();
        assertThat(rules.backends().get("a"))
                .isEqualTo(new BackendRule(
                        "a",
                        URI.create("http://10.0.0.1:11434"),
                        Dialect.OLLAMA,
                        1,
                        SlotsRule.NONE,
                        SpeedRule.NONE,
                        "lan",
                        null,
                        null,
                        "ollama",
                        List.of()));
        assertThat(rules.agents()).isEmpty();
        assertThat(rules.timeouts()).isEqualTo(Timeouts.DEFAULTS);
        assertThat(rules.queue()).isEqualTo(new QueueRule(64, 64 << 20, Duration.ofMinutes(2)));
        assertThat(rules.agent("anybody").priority()).isEqualTo(Priority.INTERACTIVE);
    }

    @Test
    void allowsPrivateNetworksAndNothingElse() throws Exception {
        for (String inside : List.of(
                "127.0.0.1", "::1", "10.1.1.1", "172.20.0.1", "192.168.9.9", "fd12::1", "169.254.1.1", "fe80::1")) {
            assertThat(isAllowed(inside)).as(inside).isTrue();
        }
        for (String outside : List.of("8.8.8.8", "172.32.0.1", "100.64.0.1", "2001:db8::1", "::", "0.0.0.0")) {
            assertThat(isAllowed(outside)).as(outside).isFalse();
        }
    }

    private static boolean isAllowed(String literal) throws Exception {
        InetAddress address = InetAddress.getAllByName(literal)[0];
        return Listen.PRIVATE_NETWORKS.stream().anyMatch(network -> network.contains(address));
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.8.0.1:1, host",
        "http://localhost:11434, host",
        "http://[::1], host",
        "http://192.168.1.49, lan",
        "http://[fd00::1]:11434, lan",
        "http://dev2:11434, lan",
        "http://pi.local, lan",
        "http://pi.home.arpa, lan",
        "https://api.mistral.ai/v1, cloud",
        "http://8.8.8.8, cloud",
        "http://evil.local.example, cloud",
    })
    void guessesTheZoneFromTheUrl(String url, String zone) {
        Rules rules = Rules.forBackends(List.of(URI.create(url)), "127.0.0.1", 0);

        assertThat(rules.backends().values()).extracting(BackendRule::zone).containsExactly(zone);
    }

    @Test
    void startsWithoutAFile() {
        List<URI> urls = List.of(
                URI.create("http://192.168.1.231:11434/"),
                URI.create("HTTP://Dev2"),
                URI.create("http://dev2:11434"),
                URI.create("http://dev2:11434/a"),
                URI.create("http://[fd00::1]:11434"),
                URI.create("http://[::1]:11434"));
        Rules rules = Rules.forBackends(urls, "0.0.0.0", 11434);

        assertThat(rules.backends().keySet())
                .containsExactly("192.168.1.231", "dev2", "dev2-11434", "dev2-2", "fd00--1", "v6-1");
        assertThat(rules.routes()).hasSize(1);
        assertThat(rules.routes().get(0).tiers()).hasSize(1);
        assertThat(rules.routes().get(0).tiers().get(0))
                .extracting(TierEntry::backend)
                .containsExactlyElementsOf(rules.backends().keySet());
        assertThat(rules.routes()
                        .get(0)
                        .models()
                        .get(0)
                        .matches(ModelName.parse("hf.co/a/b").orElseThrow()))
                .isTrue();
        assertThat(rules.listen())
                .isEqualTo(
                        new Listen("0.0.0.0", 11434, Listen.PRIVATE_NETWORKS, List.of(), List.of(), List.of(), null));
    }

    @Test
    void refusesUnusableBackendsWithoutAFile() {
        URI url = URI.create("http://a:1");
        assertThatThrownBy(() -> Rules.forBackends(List.of(), "a", 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Rules.forBackends(List.of(url, URI.create("HTTP://A:1/")), "a", 1))
                .hasMessage("backend given twice: http://a:1");
        assertThatThrownBy(() -> Rules.forBackends(List.of(URI.create("http://u:secret@a")), "a", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> Rules.forBackends(List.of(URI.create("a:1")), "a", 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void reportsAllFaultsInTheOrderOfTheFile() {
        String json = "{\n \"routes\": 1,\n \"lisen\": {},\n \"backends\": { \"a\": {} }\n}";

        assertThatThrownBy(() -> RulesLoader.load("r.json", json.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(InvalidRules.class)
                .hasMessage("""
                        r.json:2:12: routes: expected a list, found a number
                        r.json:3:2: lisen: unknown key (did you mean "listen"?)
                        r.json:4:21: backends.a: the key "url" is missing (like "http://192.168.1.20:11434")""");
    }

    @Test
    void ignoresAByteOrderMark() throws Exception {
        byte[] json = Files.readAllBytes(ShippedRulesTest.FILE);
        byte[] marked = new byte[json.length + 3];
        System.arraycopy(new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF}, 0, marked, 0, 3);
        System.arraycopy(json, 0, marked, 3, json.length);

        assertThat(RulesLoader.load("r", marked)).isEqualTo(RulesLoader.load("r", json));
    }
}
