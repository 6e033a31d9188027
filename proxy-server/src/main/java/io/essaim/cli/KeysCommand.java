package io.essaim.cli;

import io.essaim.config.KeyHash;
import java.security.SecureRandom;
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

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public void run() {
        var line = Objects.requireNonNull(spec).commandLine();
        line.usage(line.getOut());
    }

    @Command(
            name = "new",
            description = "Make a key: the client gets the key, the rules get its hash.",
            mixinStandardHelpOptions = true)
    void make(
            @Option(names = "--agent", paramLabel = "NAME", description = "Whose key: prints the line for the rules.")
                    @Nullable
                    String agent) {
        byte[] chance = new byte[BYTES];
        new SecureRandom().nextBytes(chance);
        String key = "es-" + Base64.getUrlEncoder().withoutPadding().encodeToString(chance);
        var out = Objects.requireNonNull(spec).commandLine().getOut();
        out.println("key for the client:  " + key);
        out.println("hash for the rules:  " + KeyHash.of(key));
        String line = "\"" + (agent == null ? "NAME" : agent) + "\": { \"keys\": [\"" + KeyHash.of(key) + "\"] }";
        out.println(agent == null ? "It goes into \"agents\": " + line : "line for \"agents\":   " + line);
        out.println("The key is not kept anywhere.");
        out.flush();
    }
}
