package io.essaim.config;

import static io.essaim.config.ValueType.matching;
import static io.essaim.config.ValueType.path;

import java.net.URI;
import java.util.Optional;

/** Reads {@code apiKey}. Its messages never quote a value: a key may have been written in the wrong place. */
final class SecretReader {
    private static final String HINT = "write {\"file\": \"secrets/name.key\"} or {\"env\": \"NAME\"}";

    private static final RulesKey<String> FILE = RulesKey.of("file", path()).means("File whose first line is the key.");
    private static final RulesKey<String> ENV = RulesKey.of(
                    "env",
                    matching(
                            "name of an environment variable",
                            "[A-Za-z_][A-Za-z0-9_]{0,127}",
                            "not the name of an environment variable",
                            "the variable's name, not the key itself"))
            .means("Environment variable that holds the key.");
    private static final RulesObject OBJECT = RulesObject.of(
                    "apiKey",
                    "Where the backend's key is. It is sent over https or within your network only.",
                    FILE,
                    ENV)
            .one(HINT);
    static final RulesKey<Spot> API_KEY = RulesKey.inContext(OBJECT).otherwise("no key is sent");

    private SecretReader() {}

    static Optional<SecretSource> read(Spot spot, URI url) {
        if (!(spot.node() instanceof Node.Fields)) {
            spot.refuse("expected an object, found " + spot.node().kind(), HINT);
            return Optional.empty();
        }
        Section section = spot.section(OBJECT);
        if (url.getScheme().equals("http") && BackendUrl.zone(url).equals("cloud")) {
            spot.refuse("the key would cross the internet unencrypted", "use https in the URL");
        }
        Optional<SecretSource> file = section.find(FILE).map(SecretSource.File::new);
        Optional<SecretSource> env = section.find(ENV).map(SecretSource.Env::new);
        return file.isPresent() ? file : env;
    }
}
