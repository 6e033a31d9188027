package io.essaim.config;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One server that answers requests.
 *
 * @param name unique name, 1 to 64 of letters, digits, {@code . _ -}
 * @param url http or https, normalised: scheme and host in lower case, no default port, no slash at the end, no user, query or fragment
 * @param dialect the API spoken there
 * @param weight share of work compared with other backends of a tier, more than 0, at most 1000; default 1
 * @param slots requests that it works on at once
 * @param speed how fast the operator believes it to be
 * @param zone how far away it is in terms of trust: {@code host}, {@code lan}, {@code cloud} or {@code cloud-xx}
 * @param apiKey where to find the key that it is shown, null if none is sent
 * @param tls whose certificates are accepted of it; null for those that Java trusts
 * @param capabilities what it can be asked for, a name of {@link io.essaim.dialect.Capabilities}
 * @param prices what its models cost; the first that matches decides
 */
public record BackendRule(
        String name,
        URI url,
        Dialect dialect,
        double weight,
        SlotsRule slots,
        SpeedRule speed,
        String zone,
        @Nullable SecretSource apiKey,
        @Nullable TlsRule tls,
        String capabilities,
        List<PriceRule> prices) {
    public BackendRule {
        prices = List.copyOf(prices);
    }

    /** An Ollama host of which nothing else is said. */
    static BackendRule ofHost(String name, URI url) {
        return new BackendRule(
                name,
                url,
                Dialect.OLLAMA,
                1,
                SlotsRule.NONE,
                SpeedRule.NONE,
                BackendUrl.zone(url),
                null,
                null,
                Dialect.OLLAMA.key(),
                List.of());
    }

    /** What a model costs here; empty if the rules do not say. */
    public Optional<Price> priceOf(String model) {
        return prices.stream()
                .filter(rule -> rule.matches(model))
                .map(PriceRule::price)
                .findFirst();
    }
}
