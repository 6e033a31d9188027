package io.essaim.secret;

import io.essaim.config.SecretSource;
import io.essaim.fault.InternalFault;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Finds the secrets that the rules name. A changed file is read again, so a key can be changed without a restart. Once
 * {@link #keep} was called, a thread of its own reads the files, because a disk may be slow. A secret leaves here only
 * as {@link Found.Key}, whose text hides it. Any thread.
 */
public final class Secrets implements AutoCloseable {
    /** Where containers get theirs; the file's mode is not the operator's choice there. */
    private static final Path MOUNTED = Path.of("/run/secrets");

    private static final int LONGEST = 4096;
    private static final long PAUSE_SECONDS = 1;

    private final Path directory;
    private final UnaryOperator<@Nullable String> environment;
    private final ConcurrentMap<Path, Read> files = new ConcurrentHashMap<>();
    private final ConcurrentMap<SecretSource, Found> kept = new ConcurrentHashMap<>();
    private volatile List<SecretSource> wanted = List.of();
    private boolean following;
    private final CountDownLatch closing = new CountDownLatch(1);

    private record Read(FileTime modified, long size, Found found) {}

    /** What there is at a source. */
    public sealed interface Found {
        /** A secret. */
        record Key(String text) implements Found {
            /** Says nothing, since everything may end in a log. */
            @Override
            public String toString() {
                return "a key";
            }
        }

        /**
         * None.
         *
         * @param why a clause that begins with the source
         */
        record Missing(String why) implements Found {}
    }

    /** @param directory that relative paths of files begin at: the one of the rules file */
    public Secrets(Path directory) {
        this(directory, System::getenv);
    }

    Secrets(Path directory, UnaryOperator<@Nullable String> environment) {
        this.directory = directory.toAbsolutePath();
        this.environment = environment;
    }

    /**
     * Keeps what is at these sources at hand from now on instead of those before, no older than about a second, until {@link #close}.
     * Reads them all before it returns.
     */
    public synchronized void keep(Collection<SecretSource> sources) {
        List<SecretSource> changing =
                sources.stream().filter(SecretSource.File.class::isInstance).toList();
        changing.forEach(source -> kept.put(source, look(source)));
        wanted = changing;
        kept.keySet().retainAll(changing);
        if (!changing.isEmpty() && !following) {
            following = true;
            Thread reader = new Thread(this::follow, "essaim-keys");
            reader.setDaemon(true);
            reader.start();
        }
    }

    private void follow() {
        try {
            while (!closing.await(PAUSE_SECONDS, TimeUnit.SECONDS)) {
                wanted.forEach(source -> InternalFault.each("reading a key", () -> kept.replace(source, look(source))));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the thread. What it knew stays. */
    @Override
    public void close() {
        closing.countDown();
    }

    /** The secret at this source; reads a file only if it is not one of those that are kept. */
    public Found find(SecretSource source) {
        Found known = kept.get(source);
        return known != null ? known : look(source);
    }

    private Found look(SecretSource source) {
        if (source instanceof SecretSource.Env env) {
            String text = Objects.requireNonNullElse(environment.apply(env.name()), "")
                    .strip();
            return text.isEmpty()
                    ? new Found.Missing("the variable " + env.name() + " is not set")
                    : checked(text, "the variable " + env.name());
        }
        SecretSource.File file = (SecretSource.File) source;
        Path path = directory.resolve(file.path());
        try {
            FileTime modified = Files.getLastModifiedTime(path);
            long size = Files.size(path);
            Read known = files.get(path);
            if (known == null || !known.modified.equals(modified) || known.size != size) {
                known = new Read(modified, size, read(path, file.path()));
                files.put(path, known);
            }
            return known.found;
        } catch (IOException e) {
            return new Found.Missing("its key file " + file.path() + " cannot be read");
        }
    }

    private static Found read(Path path, String shown) throws IOException {
        if (!path.startsWith(MOUNTED) && openToOthers(path)) {
            return new Found.Missing("its key file " + shown + " can be read by others (chmod 600)");
        }
        try (var lines = Files.lines(path)) {
            String text = lines.findFirst().orElse("").strip();
            return text.isEmpty()
                    ? new Found.Missing("its key file " + shown + " is empty")
                    : checked(text, "its key file " + shown);
        } catch (java.io.UncheckedIOException e) {
            if (e.getCause() instanceof MalformedInputException) {
                return new Found.Missing("its key file " + shown + " is no text");
            }
            throw e.getCause();
        }
    }

    /** It becomes a part of a header: nothing in it may end that. */
    private static Found checked(String text, String where) {
        boolean plain = text.length() <= LONGEST && text.chars().allMatch(c -> c > 0x20 && c < 0x7f);
        return plain ? new Found.Key(text) : new Found.Missing(where + " holds something else than a key");
    }

    /** A group may read: systemd and Kubernetes hand out keys that way to a service that is not root. */
    private static boolean openToOthers(Path path) throws IOException {
        PosixFileAttributeView posix = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        return posix != null && posix.readAttributes().permissions().contains(PosixFilePermission.OTHERS_READ);
    }
}
