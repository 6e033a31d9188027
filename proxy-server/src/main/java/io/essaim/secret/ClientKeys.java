package io.essaim.secret;

import io.essaim.config.AgentRule;
import io.essaim.config.ClientKey;
import io.essaim.config.KeyFile;
import io.essaim.config.KeyHash;
import io.essaim.config.Rules;
import io.essaim.fault.InternalFault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the owner of a key that a client shows, by the hashes in the rules and in the files that they name. Once
 * {@link #follow} was called, a thread of its own reads changed files again; a file that turns bad changes nothing but
 * for a warning. Any thread.
 */
public final class ClientKeys implements AutoCloseable {
    /** The owner of a key that is everybody's ({@link Rules#keys}); no agent can be called so. */
    public static final String HOUSE = "*";

    private static final Logger LOG = LoggerFactory.getLogger(ClientKeys.class);
    private static final int LONGEST_FILE = 1 << 18;
    private static final long PAUSE_SECONDS = 1;

    private final Path directory;
    private final Clock clock;
    private final CountDownLatch closing = new CountDownLatch(1);

    /** Held while files are read. */
    private final Object reading = new Object();

    private volatile Asked asked;

    /** What the files said when they were last good, by agent. */
    private volatile Map<String, List<ClientKey>> found = Map.of();

    /**
     * What the rules say.
     *
     * @param hashes of keys, by owner; all owners are there
     * @param sources the files with more of them
     */
    private record Asked(Map<String, List<KeyHash>> hashes, List<Source> sources) {
        static Asked of(Rules rules, Path directory) {
            Map<String, List<KeyHash>> hashes = new LinkedHashMap<>();
            List<Source> sources = new ArrayList<>();
            hashes.put(HOUSE, rules.keys().keys());
            add(HOUSE, rules.keys().file(), directory, sources);
            for (AgentRule agent : rules.agents().values()) {
                hashes.put(agent.name(), agent.keys());
                add(agent.name(), agent.keysFile(), directory, sources);
            }
            return new Asked(hashes, sources);
        }

        private static void add(String owner, @Nullable String file, Path directory, List<Source> sources) {
            if (file != null) {
                sources.add(new Source(owner, file, directory.resolve(file)));
            }
        }
    }

    /** The file of an agent. Its marks belong to the reading thread. */
    private static final class Source {
        final String agent;
        final String shown;
        final Path path;
        List<Object> marks = List.of();
        volatile @Nullable String problem;

        Source(String agent, String shown, Path path) {
            this.agent = agent;
            this.shown = shown;
            this.path = path;
        }

        String owner() {
            return agent.equals(HOUSE) ? "the" : "agent " + agent + ": its";
        }
    }

    /** A file cannot be used. */
    private static final class Unusable extends Exception {
        private static final long serialVersionUID = 1L;

        Unusable(String why) {
            super(why, null, false, false);
        }
    }

    /**
     * Reads all files before it returns.
     *
     * @param directory that relative paths of files begin at: the one of the rules file
     * @param clock tells which keys still hold
     */
    public ClientKeys(Rules rules, Path directory, Clock clock) {
        this.directory = directory.toAbsolutePath();
        this.clock = clock;
        this.asked = Asked.of(rules, this.directory);
        asked.sources.forEach(this::look);
    }

    /**
     * Other rules hold. Reads the files that they name before it returns; where an agent keeps its file and that is bad now, its keys
     * of before still hold.
     */
    public void adopt(Rules rules) {
        synchronized (reading) {
            List<Source> before = asked.sources;
            Asked next = Asked.of(rules, directory);
            Map<String, List<ClientKey>> kept = new LinkedHashMap<>(found);
            kept.keySet()
                    .removeIf(agent -> next.sources.stream()
                            .noneMatch(source -> source.agent.equals(agent)
                                    && before.stream()
                                            .anyMatch(old -> old.agent.equals(agent) && old.path.equals(source.path))));
            found = Map.copyOf(kept);
            asked = next;
            next.sources.forEach(this::look);
        }
        problems().forEach(LOG::warn);
    }

    /** Keeps an eye on the files from now on, once, until {@link #close}; says what is wrong with them. */
    public void follow() {
        problems().forEach(LOG::warn);
        Thread reader = new Thread(this::run, "essaim-client-keys");
        reader.setDaemon(true);
        reader.start();
    }

    private void run() {
        try {
            while (!closing.await(PAUSE_SECONDS, TimeUnit.SECONDS)) {
                synchronized (reading) {
                    asked.sources.forEach(
                            source -> InternalFault.each("reading keys of clients", () -> lookAgain(source)));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void lookAgain(Source source) {
        String before = source.problem;
        look(source);
        String now = source.problem;
        if (now != null && !now.equals(before)) {
            LOG.warn(sentence(source, now));
        } else if (now == null && before != null) {
            LOG.info("{} keys file {} is good again", source.owner(), source.shown);
        }
    }

    /** Ends the thread. What it knew stays. */
    @Override
    public void close() {
        closing.countDown();
    }

    /** A sentence for each file that cannot be used; none of them holds a key or a hash. */
    public List<String> problems() {
        List<String> lines = new ArrayList<>();
        for (Source source : asked.sources) {
            String problem = source.problem;
            if (problem != null) {
                lines.add(sentence(source, problem));
            }
        }
        return lines;
    }

    private String sentence(Source source, String problem) {
        return source.owner() + " keys file " + source.shown + " " + problem
                + (found.containsKey(source.agent) ? "; the keys it had before still hold" : "; no key of it holds");
    }

    /** The agent to whom a key belongs at this time; null when it is nobody's. Takes as long whosever it is. */
    public @Nullable String ownerOf(String key) {
        KeyHash shown = KeyHash.of(key);
        Instant now = clock.instant();
        Map<String, List<ClientKey>> files = found;
        String owner = null;
        for (Map.Entry<String, List<KeyHash>> each : asked.hashes.entrySet()) {
            for (KeyHash hash : each.getValue()) {
                owner = hash.equals(shown) ? each.getKey() : owner; // Looks at all, whichever it is.
            }
            for (ClientKey one : files.getOrDefault(each.getKey(), List.of())) {
                boolean holds = one.holds(now);
                owner = one.hash().equals(shown) && holds ? each.getKey() : owner;
            }
        }
        return owner;
    }

    private void look(Source source) {
        try {
            List<Object> marks = marks(source.path);
            if (source.problem == null && marks.equals(source.marks)) {
                return;
            }
            source.marks = marks;
            List<ClientKey> keys = read(source.path);
            checkOwners(source.agent, keys);
            Map<String, List<ClientKey>> next = new LinkedHashMap<>(found);
            next.put(source.agent, List.copyOf(keys));
            found = Map.copyOf(next);
            source.problem = null;
        } catch (Unusable | KeyFile.Fault e) {
            source.problem = Objects.requireNonNull(e.getMessage());
        } catch (NoSuchFileException e) {
            source.problem = "is not there";
        } catch (CharacterCodingException e) {
            source.problem = "is no text";
        } catch (IOException e) {
            source.problem = "cannot be read";
        }
    }

    /** What changes with a file; a user who may write there may admit himself. */
    private static List<Object> marks(Path path) throws IOException, Unusable {
        PosixFileAttributeView posix = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        if (posix != null) {
            PosixFileAttributes now = posix.readAttributes();
            if (now.permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new Unusable("can be written by others (chmod o-w)");
            }
            return List.of(now.lastModifiedTime(), now.size(), String.valueOf(now.fileKey()));
        }
        BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
        return List.of(now.lastModifiedTime(), now.size());
    }

    private static List<ClientKey> read(Path path) throws IOException, Unusable, KeyFile.Fault {
        try (var in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(LONGEST_FILE + 1);
            if (bytes.length > LONGEST_FILE) {
                throw new Unusable("is longer than 256 KiB");
            }
            return KeyFile.read(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        }
    }

    /** A key says which agent it is, so it is one agent's only. */
    private void checkOwners(String owner, List<ClientKey> keys) throws Unusable {
        for (Map.Entry<String, List<KeyHash>> other : asked.hashes.entrySet()) {
            boolean fromFile = !other.getKey().equals(owner)
                    && found.getOrDefault(other.getKey(), List.of()).stream()
                            .anyMatch(theirs -> has(keys, theirs.hash()));
            if (fromFile || other.getValue().stream().anyMatch(theirs -> has(keys, theirs))) {
                throw new Unusable("has a key that "
                        + (other.getKey().equals(HOUSE) ? "everybody" : "agent " + other.getKey()) + " has already");
            }
        }
    }

    private static boolean has(List<ClientKey> keys, KeyHash hash) {
        return keys.stream().anyMatch(key -> key.hash().equals(hash));
    }
}
