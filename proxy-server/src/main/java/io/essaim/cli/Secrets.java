package io.essaim.cli;

import io.essaim.config.BackendRule;
import io.essaim.config.Rules;
import io.essaim.config.SecretSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Tells which keys that the rules name are not there. Reads no key. */
final class Secrets {
    private Secrets() {}

    /** One line per backend whose key is missing; such a backend is left out. */
    static List<String> warnings(Rules rules, Path rulesFile) {
        List<String> lines = new ArrayList<>();
        Path parent = rulesFile.toAbsolutePath().getParent();
        for (BackendRule backend : rules.backends().values()) {
            SecretSource source = backend.apiKey();
            if (source instanceof SecretSource.File named
                    && parent != null
                    && !Files.isReadable(parent.resolve(named.path()))) {
                lines.add(backend.name() + " is left out: its key file " + named.path() + " cannot be read");
            } else if (source instanceof SecretSource.Env named && System.getenv(named.name()) == null) {
                lines.add(backend.name() + " is left out: " + named.name() + " is not set");
            }
        }
        return lines;
    }
}
