package io.essaim.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.model.ModelName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rules file at the top of the repository is the user's own: it loads as it is written. */
class ShippedRulesTest {
    static final Path FILE = Path.of("..", "routing-rules.json");

    @Test
    void loads() throws Exception {
        Rules rules = RulesLoader.load("routing-rules.json", Files.readAllBytes(FILE));

        assertThat(rules.listen().host()).isEqualTo("0.0.0.0");
        assertThat(rules.listen().port()).isEqualTo(11434);
        assertThat(rules.listen().allow()).hasToString("[127.0.0.0/8, ::1/128, 192.168.1.0/24]");
        assertThat(rules.admin()).isEqualTo(new Admin("127.0.0.1", 11435));
        assertThat(rules.backends().keySet()).containsExactly("dev2", "pi", "gemini", "mistral");
        assertThat(rules.backends().get("dev2").slots()).isEqualTo(new SlotsRule(4, 0));
        assertThat(rules.backends().get("pi").slots()).isEqualTo(new SlotsRule(1, 1));
        assertThat(rules.backends().get("pi").weight()).isEqualTo(0.3);
        assertThat(rules.backends().get("gemini").apiKey()).isEqualTo(new SecretSource.File("secrets/gemini.key"));
        assertThat(rules.backends().get("mistral").apiKey()).isEqualTo(new SecretSource.Env("MISTRAL_API_KEY"));
        assertThat(rules.routes()).hasSize(3);
        assertThat(rules.routes().get(0).tiers())
                .containsExactly(
                        List.of(new TierEntry("dev2", null, false)), List.of(new TierEntry("pi", "llama3.2:1b", true)));
        assertThat(rules.agents().get("main").cloud()).isEmpty();
        assertThat(rules.agents().get("drh").cloud())
                .containsExactly(
                        new CloudEntry("gemini", "gemini-2.5-flash", CloudEntry.DEFAULT_CONTEXT),
                        new CloudEntry("mistral", "mistral-small-latest", CloudEntry.DEFAULT_CONTEXT));
        assertThat(rules.timeouts()).isEqualTo(Timeouts.DEFAULTS);
        assertThat(rules.limits()).isEqualTo(Limits.DEFAULTS);
    }

    @Test
    void firstMatchingRouteDecides() throws Exception {
        List<RouteRule> routes =
                RulesLoader.load("routing-rules.json", Files.readAllBytes(FILE)).routes();

        assertThat(routeOf("LLAMA3.2", routes)).isZero();
        assertThat(routeOf("llama3.2:1b", routes)).isZero();
        assertThat(routeOf("qwen2.5-coder:1.5b", routes)).isEqualTo(1);
        assertThat(routeOf("hf.co/user/repo:Q4_K_M", routes)).isEqualTo(2);
    }

    private static int routeOf(String model, List<RouteRule> routes) {
        ModelName name = ModelName.parse(model).orElseThrow();
        for (int i = 0; i < routes.size(); i++) {
            if (routes.get(i).models().stream().anyMatch(pattern -> pattern.matches(name))) {
                return i;
            }
        }
        return -1;
    }
}
