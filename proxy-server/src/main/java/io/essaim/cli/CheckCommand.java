package io.essaim.cli;

import io.essaim.config.Advice;
import io.essaim.config.Rules;
import io.essaim.config.RulesReport;
import io.essaim.secret.ClientKeys;
import io.essaim.transport.ServerTls;
import io.essaim.transport.TlsFault;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code essaim check}: reads rules, says what is wrong with them or what they mean. */
@Command(
        name = "check",
        description = "Check rules and show what they mean. Exit code 2 when something is wrong.",
        mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "FILE", description = "the rules (default: routing-rules.json)")
    private @Nullable Path file;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Path read = file == null ? RulesFile.DEFAULT : file;
        Rules rules = RulesFile.read(read);
        var unused = HostClient.trust(rules, read);
        ServerTls tls = tls(rules, read);
        var out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
        out.print(RulesReport.of(rules));
        KeyWarnings.of(rules, read).forEach(line -> out.println("warning: " + line));
        new ClientKeys(rules, KeyWarnings.directory(read), Clock.systemUTC())
                .problems()
                .forEach(line -> out.println("warning: " + line));
        if (tls != null && tls.warning() != null) {
            out.println("warning: " + tls.warning());
        }
        Advice.of(rules).forEach(line -> out.println("warning: " + line));
        out.flush();
        return 0;
    }

    private static @Nullable ServerTls tls(Rules rules, Path file) throws Main.Complaint {
        try {
            return ServerTls.of(rules.listen(), KeyWarnings.directory(file), Clock.systemUTC());
        } catch (TlsFault e) {
            throw new Main.Complaint(file + ": " + e.getMessage());
        }
    }
}
