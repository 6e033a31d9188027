package io.essaim.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes files so that a reader, and the next process after a crash, finds the old content or the new one, whole. */
final class SafeFile {
    private SafeFile() {}

    /**
     * Replaces a file's content; returns when the disk has it. Blocks.
     *
     * @param file in a directory that is there; other writers must hold the same lock
     */
    static void write(Path file, byte[] content) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try (FileChannel out = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer left = ByteBuffer.wrap(content);
            while (left.hasRemaining()) {
                out.write(left);
            }
            out.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        Path directory = file.toAbsolutePath().getParent();
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true); // The new name too is to be on the disk; systems without directories as files do that
            // anyway.
        } catch (IOException e) {
            if (System.getProperty("os.name", "").startsWith("Linux")) {
                throw e;
            }
        }
    }
}
