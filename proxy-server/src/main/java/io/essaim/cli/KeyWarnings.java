package io.essaim.cli;

import io.essaim.config.BackendRule;
import io.essaim.config.Rules;
import io.essaim.config.SecretSource;
import io.essaim.secret.Secrets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Tells which keys that the rules name are not there. */
final class KeyWarnings {
    private KeyWarnings() {}

    /** One line per backend whose key is missing. */
    static List<String> of(Rules rules, Path rulesFile) {
        List<String> lines = new ArrayList<>();
        Secrets secrets = new Secrets(directory(rulesFile));
        for (BackendRule backend : rules.backends().values()) {
            SecretSource source = backend.apiKey();
            if (source != null && secrets.find(source) instanceof Secrets.Found.Missing missing) {
                lines.add(backend.name() + without(backend) + missing.why());
            }
        }
        return lines;
    }

    /** Where the paths in a rules file begin. */
    static Path directory(Path rulesFile) {
        Path parent = rulesFile.toAbsolutePath().getParent();
        return parent == null ? rulesFile.toAbsolutePath() : parent;
    }

    /** Routes lead to Ollama hosts only, and those are used with or without a key. */
    private static String without(BackendRule backend) {
        return backend.dialect().isCloud() ? " is left out: " : " is asked without a key: ";
    }
}
