package io.essaim.config;

import java.net.URI;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code apiKey}. Its messages never quote a value: a key may have been written in the wrong place. */
final class SecretReader {
    private static final Pattern ENV_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");
    private static final String HINT = "write {\"file\": \"secrets/name.key\"} or {\"env\": \"NAME\"}";

    private SecretReader() {}

    static Optional<SecretSource> read(Spot spot, URI url) {
        if (!(spot.node() instanceof Node.Fields)) {
            spot.refuse("expected an object, found " + spot.node().kind(), HINT);
            return Optional.empty();
        }
        Section section = spot.section("file", "env");
        Optional<Spot> file = section.get("file");
        Optional<Spot> env = section.get("env");
        if (file.isPresent() == env.isPresent()) {
            spot.refuse(file.isPresent() ? "both \"file\" and \"env\"" : "neither \"file\" nor \"env\"", HINT);
        }
        if (url.getScheme().equals("http") && BackendUrl.zone(url).equals("cloud")) {
            spot.refuse("the key would cross the internet unencrypted", "use https in the URL");
        }
        Optional<SecretSource> fromFile = file.flatMap(SecretReader::path).map(SecretSource.File::new);
        Optional<SecretSource> fromEnv = env.flatMap(SecretReader::env);
        return fromFile.isPresent() ? fromFile : fromEnv;
    }

    /** A path as it may stand in the rules. */
    static Optional<String> path(Spot spot) {
        Optional<String> path = spot.text();
        if (path.isPresent() && (path.get().isBlank() || path.get().chars().anyMatch(Character::isISOControl))) {
            spot.refuse("not a path", "relative to the directory of the rules file, or absolute");
        }
        return path;
    }

    private static Optional<SecretSource> env(Spot spot) {
        Optional<String> name = spot.text();
        if (name.isPresent() && !ENV_NAME.matcher(name.get()).matches()) {
            spot.refuse("not the name of an environment variable", "the variable's name, not the key itself");
        }
        return name.map(SecretSource.Env::new);
    }
}
