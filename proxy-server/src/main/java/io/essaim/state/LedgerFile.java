package io.essaim.state;

import io.essaim.budget.Ledger;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of all ledgers: a line that says what it is, and one for each agent. Only one process has it open; others may look at it. Used by one
 * thread at a time; blocks on the disk.
 */
final class LedgerFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerFile.class);
    private static final String NAME = "budgets.txt";
    private static final String LOCK = "budgets.lock";

    /** What earlier builds kept, with the library H2 MVStore. */
    private static final String FORMER = "budgets.mv";

    private static final String FORMAT = "essaim budgets 2";
    private static final String FAMILY = "essaim budgets ";
    private static final int LARGEST = 64 << 20;
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final Path file;
    private final DirectoryLock lock;
    private final Map<String, Ledger> found;

    private LedgerFile(Path file, DirectoryLock lock, Map<String, Ledger> found) {
        this.file = file;
        this.lock = lock;
        this.found = found;
    }

    /** The content is none of ours, or was changed. */
    private static final class Damage extends Exception {
        private static final long serialVersionUID = 1L;

        Damage(String why) {
            super(why, null, false, false);
        }
    }

    /**
     * Opens the file for this process alone, and makes it if it is not there. A file that is damaged is moved aside, with an error in
     * the log, and a new one is made.
     *
     * @throws StateFault when the directory cannot be used or another process has the file
     */
    static LedgerFile open(Path directory) throws StateFault {
        DirectoryLock lock;
        try {
            StateDirectory.make(directory);
            lock = DirectoryLock.take(directory.resolve(LOCK));
        } catch (IOException e) {
            throw new StateFault("the state directory " + directory + " cannot be used: " + e, e);
        }
        if (lock == null) {
            throw new StateFault(
                    "the state directory " + directory + " is in use by "
                            + DirectoryLock.holder(directory.resolve(LOCK))
                            + ": give each essaim its own \"state\" in the rules",
                    null);
        }
        try {
            return open(directory.resolve(NAME), lock);
        } catch (StateFault | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static LedgerFile open(Path file, DirectoryLock lock) throws StateFault {
        Map<String, Ledger> found = Map.of();
        try {
            setFormerAside(file.resolveSibling(FORMER));
            found = read(file);
        } catch (NoSuchFileException e) {
            LOG.debug("{} is not there yet", file);
        } catch (Damage e) {
            setAside(file, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new StateFault(file + " cannot be opened: " + e, e);
        }
        LedgerFile opened = new LedgerFile(file, lock, found);
        try {
            opened.write(found); // Whether that can be had is better known before a call is reserved.
        } catch (IOException e) {
            throw new StateFault(file + " cannot be written: " + e, e);
        }
        return opened;
    }

    private static void setFormerAside(Path former) throws IOException {
        if (Files.exists(former)) {
            Path aside = former.resolveSibling(FORMER + ".unread");
            Files.move(former, aside, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            LOG.warn(
                    "{} is of an older version and is not read: what clouds have cost this day and this month counts from 0 again. It was moved to {}",
                    former,
                    aside);
        }
    }

    private static void setAside(Path file, String damage) throws StateFault {
        Path aside = file.resolveSibling(NAME + ".damaged-" + STAMP.format(Instant.now()));
        try {
            Files.move(file, aside);
            LOG.error(
                    "{} is damaged ({}); it was moved to {}, and budgets begin with nothing spent",
                    file,
                    damage,
                    aside);
        } catch (IOException e) {
            throw new StateFault(file + " is damaged and cannot be replaced: " + e, e);
        }
    }

    static FileAttribute<?>[] forTheOwner(Path directory) {
        return directory.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    private static Map<String, Ledger> read(Path file) throws IOException, Damage, StateFault {
        if (Files.size(file) > LARGEST) {
            throw new Damage("it is too large");
        }
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            throw new Damage("it is no text");
        }
        String format = lines.isEmpty() ? "" : lines.get(0);
        if (format.startsWith(FAMILY) && !format.equals(FORMAT)) {
            throw new StateFault(file + " was written by a newer version", null);
        }
        String end = lines.isEmpty() ? "" : lines.get(lines.size() - 1);
        if (!format.equals(FORMAT) || !end.equals(end(lines.size() - 2))) {
            throw new Damage("it is not whole");
        }
        Map<String, Ledger> ledgers = new HashMap<>();
        for (String line : lines.subList(1, lines.size() - 1)) {
            int space = line.indexOf(' ');
            try {
                String agent = line.substring(0, Math.max(0, space));
                ledgers.put(agent, LedgerText.read(agent, line.substring(space + 1)));
            } catch (IllegalArgumentException e) {
                throw new Damage(String.valueOf(e.getMessage()));
            }
        }
        return ledgers;
    }

    /** The last line, lest one that is lost goes unnoticed. */
    private static String end(int ledgers) {
        return "end " + ledgers;
    }

    /**
     * The ledgers as they stand in the file, whether or not a process has it open; none if there is no file.
     *
     * @throws StateFault when the file cannot be read
     */
    static Map<String, Ledger> look(Path directory) throws StateFault {
        Path file = directory.resolve(NAME);
        try {
            return read(file); // It is only ever replaced as a whole.
        } catch (NoSuchFileException e) {
            return Map.of();
        } catch (Damage e) {
            throw new StateFault(file + " is damaged: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new StateFault(file + " cannot be read: " + e, e);
        }
    }

    /** What was in the file when it was opened. */
    Map<String, Ledger> found() {
        return found;
    }

    /**
     * Puts these ledgers into the file in place of all that it holds, all of them or none, and returns when the disk has them.
     *
     * @throws IOException when the disk does not take them
     */
    void write(Map<String, Ledger> ledgers) throws IOException {
        StringBuilder text = new StringBuilder(FORMAT).append('\n');
        new TreeMap<>(ledgers)
                .forEach((agent, ledger) -> text.append(agent)
                        .append(' ')
                        .append(LedgerText.write(agent, ledger))
                        .append('\n'));
        text.append(end(ledgers.size())).append('\n');
        SafeFile.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Lets the file go. */
    @Override
    public void close() {
        lock.close();
    }
}
