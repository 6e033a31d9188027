package io.essaim.cli;

import io.essaim.config.BackendRule;
import io.essaim.config.Dialect;
import io.essaim.config.Rules;
import io.essaim.config.SecretSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Tells which keys that the rules name are not there. Reads no key. */
final class Secrets {
    private Secrets() {}

    /** One line per backend whose key is missing; a cloud is left out then. */
    static List<String> warnings(Rules rules, Path rulesFile) {
        List<String> lines = new ArrayList<>();
        Path parent = rulesFile.toAbsolutePath().getParent();
        for (BackendRule backend : rules.backends().values()) {
            SecretSource source = backend.apiKey();
            if (source instanceof SecretSource.File named
                    && parent != null
                    && !Files.isReadable(parent.resolve(named.path()))) {
                lines.add(without(backend) + "its key file " + named.path() + " cannot be read");
            } else if (source instanceof SecretSource.Env named
                    && Objects.requireNonNullElse(System.getenv(named.name()), "")
                            .isBlank()) {
                lines.add(without(backend) + "the variable " + named.name() + " is not set");
            }
        }
        return lines;
    }

    /** Routes lead to Ollama hosts only, and those are used with or without a key. */
    private static String without(BackendRule backend) {
        return backend.name() + (backend.dialect() == Dialect.OPENAI ? " is left out: " : " is asked without a key: ");
    }
}
