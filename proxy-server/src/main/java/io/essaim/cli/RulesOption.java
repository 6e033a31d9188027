package io.essaim.cli;

import io.essaim.config.Rules;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --rules FILE} of the commands that speak to the hosts themselves. */
final class RulesOption {
    @Option(names = "--rules", paramLabel = "FILE", description = "the rules (default: routing-rules.json)")
    private Path file = RulesFile.DEFAULT;

    Path file() {
        return file;
    }

    Rules read() throws Main.Complaint {
        return RulesFile.read(file);
    }
}
