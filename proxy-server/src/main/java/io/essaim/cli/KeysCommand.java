package io.essaim.cli;

import io.essaim.config.KeyHash;
import io.essaim.config.Quantity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code essaim keys}: keys of clients. */
@Command(name = "keys", description = "Make keys for clients.", mixinStandardHelpOptions = true)
final class KeysCommand implements Runnable {
    private static final int BYTES = 32;
    private static final Duration LONGEST = Duration.ofDays(365);

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public void run() {
        var line = Objects.requireNonNull(spec).commandLine();
        line.usage(line.getOut());
    }

    @Command(
            name = "new",
            description = {
                "Make a key: the client gets the key, the rules or a file that they name get its hash.",
                "With --file, keys that were in the file hold for a while longer, so that clients can change over."
            },
            mixinStandardHelpOptions = true)
    void make(
            @Option(
                            names = "--agent",
                            paramLabel = "NAME",
                            description =
                                    "Whose key: prints the line for the rules. Without it the key is for everybody.")
                    @Nullable
                    String agent,
            @Option(
                            names = "--file",
                            paramLabel = "FILE",
                            description = "The keysFile of that agent, or of everybody: adds the hash there.")
                    @Nullable
                    Path file,
            @Option(
                            names = "--overlap",
                            paramLabel = "TIME",
                            defaultValue = "24h",
                            description = "How long older keys of FILE still hold (default: 24h).")
                    String overlap)
            throws Main.Complaint {
        byte[] chance = new byte[BYTES];
        new SecureRandom().nextBytes(chance);
        String key = "es-" + Base64.getUrlEncoder().withoutPadding().encodeToString(chance);
        KeyHash hash = KeyHash.of(key);
        boolean older = file != null && Files.exists(file);
        Instant until = file == null ? null : KeyFileEdit.add(file, hash, Instant.now(), time(overlap));
        var out = Objects.requireNonNull(spec).commandLine().getOut();
        out.println("key for the client:  " + key);
        if (file != null) {
            out.println("its hash is in:      " + file);
            if (older) {
                out.println("older keys there hold until " + until + " at most");
            }
            String keysFile = "\"keysFile\": \"" + file + "\"";
            out.println(
                    agent == null
                            ? "at the top of rules: " + keysFile
                            : "line for \"agents\":   \"" + agent + "\": { " + keysFile + " }");
        } else {
            out.println("hash for the rules:  " + hash);
            String keys = "\"keys\": [\"" + hash + "\"]";
            if (agent == null) {
                out.println("for everybody:       " + keys + " at the top of the rules");
                out.println("for one agent:       \"NAME\": { " + keys + " } in \"agents\"");
            } else {
                out.println("line for \"agents\":   \"" + agent + "\": { " + keys + " }");
            }
        }
        out.println("The key is not kept anywhere.");
        out.flush();
    }

    private static Duration time(String overlap) throws Main.Complaint {
        return Quantity.duration(overlap)
                .filter(time -> time.compareTo(LONGEST) <= 0)
                .orElseThrow(() ->
                        new Main.Complaint("--overlap: a whole number and ms, s, m or h, at most 8760h, like 24h"));
    }
}
