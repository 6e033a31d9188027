package io.essaim.cli;

import io.essaim.config.KeyFile;
import io.essaim.config.KeyHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Adds keys to files of keys. */
final class KeyFileEdit {
    private KeyFileEdit() {}

    /**
     * Adds a hash, and lets those that hold for ever hold for a while longer. Who reads the file meanwhile sees it as it was or as it
     * is to be; it is made where there is none. While one is added, no other can be.
     *
     * @return until when the older ones hold at most, unless the file itself says something else of them
     */
    static Instant add(Path file, KeyHash fresh, Instant now, Duration overlap) throws Main.Complaint {
        Instant until = now.plus(overlap).truncatedTo(ChronoUnit.SECONDS);
        try {
            Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
            Path next = target.resolveSibling(target.getFileName() + ".new");
            try (FileChannel out = FileChannel.open(next, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                replace(
                        target,
                        next,
                        out,
                        text -> KeyFile.rotated(text, fresh, until, "made " + now.truncatedTo(ChronoUnit.SECONDS)));
            }
        } catch (FileAlreadyExistsException e) {
            throw new Main.Complaint(e.getFile() + ": is there already: a key is being added, or was when the machine"
                    + " stopped; then remove it");
        } catch (KeyFile.Fault e) {
            throw new Main.Complaint(file + ": " + e.getMessage());
        } catch (IOException e) {
            throw new Main.Complaint(file + ": cannot be changed: " + e);
        }
        return until;
    }

    private interface Change {
        String of(String text);
    }

    private static void replace(Path target, Path next, FileChannel out, Change change)
            throws IOException, KeyFile.Fault {
        boolean done = false;
        try {
            String text = Files.exists(target) ? Files.readString(target) : "";
            var unused = KeyFile.read(text);
            keepRights(target, next);
            ByteBuffer bytes = ByteBuffer.wrap(change.of(text).getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
            Files.move(next, target, StandardCopyOption.ATOMIC_MOVE);
            done = true;
        } finally {
            if (!done) {
                Files.deleteIfExists(next);
            }
        }
    }

    /** The proxy may read it by its group; a file of another owner stays his. */
    private static void keepRights(Path target, Path next) throws IOException {
        PosixFileAttributeView rights = Files.getFileAttributeView(next, PosixFileAttributeView.class);
        if (rights == null) {
            return;
        }
        @Nullable
        PosixFileAttributes before =
                Files.exists(target) ? Files.readAttributes(target, PosixFileAttributes.class) : null;
        if (before == null) {
            rights.setPermissions(PosixFilePermissions.fromString("rw-r-----"));
            return;
        }
        PosixFileAttributes now = rights.readAttributes();
        if (!now.group().equals(before.group())) {
            rights.setGroup(before.group());
        }
        if (!now.owner().equals(before.owner())) {
            rights.setOwner(before.owner());
        }
        rights.setPermissions(before.permissions());
    }
}
