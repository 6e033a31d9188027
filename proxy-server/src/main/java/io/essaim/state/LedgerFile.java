package io.essaim.state;

import io.essaim.budget.Ledger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Map;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.StringDataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file of all ledgers. Only one process has it open; others may look at it. Used by one thread at a time; blocks on the disk. */
final class LedgerFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerFile.class);
    private static final String NAME = "budgets.mv";
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);
    private static final int LOOKS = 5;

    /** An entry that every good file has; no agent has such a name. */
    private static final String FORMAT = "#format";

    private static final String VERSION = "1";

    private final MVStore store;
    private final MVMap<String, String> map;
    private final Map<String, Ledger> found;

    /** @param begin whether the file is new; a damaged one may look so to the store */
    private LedgerFile(MVStore store, boolean begin) {
        this.store = store;
        try {
            this.map = mapOf(store);
            if (begin) {
                map.put(FORMAT, VERSION);
                store.commit();
                store.sync();
            }
            this.found = ledgers(map);
        } catch (RuntimeException e) {
            store.closeImmediately();
            throw e;
        }
    }

    /**
     * Opens the file for this process alone, and makes it if it is not there. A file that is damaged is moved aside, with an error in
     * the log, and a new one is made.
     *
     * @throws StateFault when the directory cannot be used or another process has the file
     */
    static LedgerFile open(Path directory) throws StateFault {
        Path file = directory.resolve(NAME);
        boolean begin;
        try {
            Files.createDirectories(directory, forTheOwner(directory));
            begin = !Files.exists(file) || Files.size(file) == 0;
        } catch (IOException e) {
            throw new StateFault("the state directory " + directory + " cannot be used: " + e, e);
        }
        try {
            return new LedgerFile(writable(file), begin);
        } catch (MVStoreException e) {
            refuse(e, file);
            return afresh(file, e);
        } catch (RuntimeException e) { // what is read makes no sense
            return afresh(file, e);
        }
    }

    /** Tells what the file itself is not to blame for. */
    private static void refuse(MVStoreException e, Path file) throws StateFault {
        switch (e.getErrorCode()) {
            case DataUtils.ERROR_FILE_LOCKED ->
                throw new StateFault(
                        file + " is in use by another essaim; give each one its own \"state\" in the rules", e);
            case DataUtils.ERROR_UNSUPPORTED_FORMAT ->
                throw new StateFault(file + " was written by a newer version: " + e.getMessage(), e);
            case DataUtils.ERROR_READING_FAILED, DataUtils.ERROR_WRITING_FAILED -> {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                throw new StateFault(file + " cannot be opened: " + cause.getMessage(), e);
            }
            default -> {}
        }
    }

    private static LedgerFile afresh(Path file, RuntimeException damage) throws StateFault {
        Path aside = file.resolveSibling(NAME + ".damaged-" + STAMP.format(Instant.now()));
        try {
            Files.move(file, aside);
            LOG.error(
                    "{} is damaged ({}); it was moved to {}, and budgets begin with nothing spent",
                    file,
                    damage.getMessage(),
                    aside);
            return new LedgerFile(writable(file), true);
        } catch (IOException | RuntimeException e) {
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

    private static MVStore writable(Path file) {
        // no thread of its own; and since every commit is forced to the disk, no old version need be kept
        MVStore store = new MVStore.Builder()
                .fileName(file.toString())
                .autoCommitDisabled()
                .cacheSize(1)
                .open();
        store.setRetentionTime(0);
        store.setVersionsToKeep(0);
        return store;
    }

    private static MVMap<String, String> mapOf(MVStore store) {
        return store.openMap(
                "ledgers",
                new MVMap.Builder<String, String>()
                        .keyType(StringDataType.INSTANCE)
                        .valueType(StringDataType.INSTANCE));
    }

    private static Map<String, Ledger> ledgers(MVMap<String, String> map) {
        if (!VERSION.equals(
                map.get(FORMAT))) { // a store that finds nothing good in its file may begin with an empty one
            throw new IllegalStateException("the format is not said");
        }
        Map<String, Ledger> all = new HashMap<>();
        map.forEach((agent, text) -> {
            if (!agent.equals(FORMAT)) {
                all.put(agent, LedgerText.read(agent, text));
            }
        });
        return all;
    }

    /**
     * The ledgers as they stand in the file, whether or not a process has it open; none if there is no file.
     *
     * @throws StateFault when the file cannot be read
     */
    static Map<String, Ledger> look(Path directory) throws StateFault {
        Path file = directory.resolve(NAME);
        if (!Files.exists(file)) {
            return Map.of();
        }
        try {
            Path copy = Files.createTempFile("essaim-budgets", ".mv");
            try {
                return look(file, copy);
            } finally {
                Files.deleteIfExists(copy);
            }
        } catch (IOException e) {
            throw new StateFault(file + " cannot be read: " + e, e);
        }
    }

    /** The lock is not asked for: a look must neither wait for the proxy nor keep it from starting. */
    private static Map<String, Ledger> look(Path file, Path copy) throws IOException, StateFault {
        for (int i = 1; true; i++) {
            Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            try (MVStore store =
                    new MVStore.Builder().fileName(copy.toString()).readOnly().open()) {
                return ledgers(mapOf(store));
            } catch (RuntimeException e) { // torn, when the proxy wrote while it was copied
                if (i == LOOKS) {
                    throw new StateFault(file + " is damaged: " + e.getMessage(), e);
                }
            }
        }
    }

    /** What was in the file when it was opened. */
    Map<String, Ledger> found() {
        return found;
    }

    /**
     * Puts ledgers into the file, all of them or none, and returns when the disk has them.
     *
     * @throws MVStoreException when the disk does not take them; the file must be opened anew then
     */
    void write(Map<String, Ledger> ledgers) {
        ledgers.forEach((agent, ledger) -> map.put(agent, LedgerText.write(agent, ledger)));
        store.commit();
        store.sync();
    }

    /** Lets the file go, also after an error. What was not written is lost. */
    @Override
    public void close() {
        store.closeImmediately();
    }
}
