package io.essaim.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The directory of all that outlives the process. */
public final class StateDirectory {
    private static final String NAME = "essaim";

    private final Map<String, String> environment;
    private final String system;
    private final Path home;
    private final Path shared;

    /**
     * @param environment variables of the process
     * @param system name of the operating system, as the JVM has it
     * @param home the user's directory
     * @param shared the directory of a service that was installed for all, like {@code /var/lib/essaim}
     */
    StateDirectory(Map<String, String> environment, String system, Path home, Path shared) {
        this.environment = environment;
        this.system = system.toLowerCase(Locale.ROOT);
        this.home = home;
        this.shared = shared;
    }

    /**
     * Makes a directory, for its owner only, if it is not there.
     *
     * @throws IOException when that cannot be
     */
    public static void make(Path directory) throws IOException {
        Files.createDirectories(directory, LedgerFile.forTheOwner(directory));
    }

    /** By the rules of this platform. */
    public static StateDirectory ofPlatform() {
        return new StateDirectory(
                System.getenv(),
                System.getProperty("os.name", ""),
                Path.of(System.getProperty("user.home", "")),
                Path.of("/var/lib", NAME));
    }

    /**
     * The directory; it need not exist. The first of: what the rules say; what systemd gives the service ({@code STATE_DIRECTORY});
     * {@code /var/lib/essaim} if it may be written to; the place for such files of the user.
     *
     * @param configured {@code state} of the rules, null if they do not say
     * @param rulesFile what a relative path in the rules is relative to the directory of
     */
    public Path choose(@Nullable String configured, Path rulesFile) {
        if (configured != null) {
            Path parent = rulesFile.toAbsolutePath().getParent();
            return parent == null ? Path.of(configured) : parent.resolve(configured);
        }
        String given = environment.getOrDefault("STATE_DIRECTORY", "").split(":", -1)[0];
        if (!given.isEmpty()) {
            return Path.of(given);
        }
        if (Files.isDirectory(shared) && Files.isWritable(shared)) {
            return shared;
        }
        return ofUser();
    }

    private Path ofUser() {
        String xdg = environment.getOrDefault("XDG_STATE_HOME", "");
        if (!xdg.isEmpty() && Path.of(xdg).isAbsolute()) { // the specification has relative ones ignored
            return Path.of(xdg, NAME);
        }
        if (system.startsWith("mac")) {
            return home.resolve(Path.of("Library", "Application Support", NAME));
        }
        String local = environment.getOrDefault("LOCALAPPDATA", "");
        if (system.startsWith("windows") && !local.isEmpty()) {
            return Path.of(local, NAME);
        }
        return home.resolve(Path.of(".local", "state", NAME));
    }
}
