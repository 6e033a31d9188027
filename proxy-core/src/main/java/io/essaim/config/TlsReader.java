package io.essaim.config;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads {@code tls} of a backend. */
final class TlsReader {
    private TlsReader() {}

    /** @param url the backend's; null when it is missing or faulty */
    static TlsRule read(Spot spot, @Nullable URI url) {
        Section section = spot.section("ca", "pin");
        if (spot.node() instanceof Node.Fields
                && section.get("ca").isEmpty()
                && section.get("pin").isEmpty()) {
            spot.refuse("neither \"ca\" nor \"pin\" is there", "leave the key out to trust whom Java trusts");
        }
        if (url != null && !"https".equals(url.getScheme())) {
            spot.refuse("the URL is not https", "without TLS there is no certificate to look at");
        }
        String ca = section.get("ca").flatMap(SecretReader::path).orElse(null);
        return new TlsRule(ca, section.get("pin").map(TlsReader::pins).orElse(List.of()));
    }

    private static List<SpkiPin> pins(Spot spot) {
        List<SpkiPin> pins = new ArrayList<>();
        for (Spot item : spot.atLeastOne("leave the key out if any key will do")) {
            Optional<String> text = item.text();
            Optional<SpkiPin> pin = text.flatMap(SpkiPin::parse);
            if (text.isPresent() && pin.isEmpty()) {
                item.refuse(
                        "not the hash of a public key",
                        "sha256/ and 44 characters of Base64, or sha256: and 64 hexadecimal digits");
            }
            if (pin.isPresent() && pins.contains(pin.get())) {
                item.refuse("listed twice", "remove one of them");
            }
            pin.ifPresent(pins::add);
        }
        return pins;
    }
}
