package io.essaim.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A file that one process holds at a time; it says which. The lock goes with the process, however that ends. Used by one thread at a time. */
final class DirectoryLock implements AutoCloseable {
    private static final int LONGEST_PID = 20;

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock, if nobody has it.
     *
     * @param file made if it is not there
     * @return null when another process, or somebody else in this one, has it
     * @throws IOException when the file cannot be made or locked
     */
    static @Nullable DirectoryLock take(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean taken = false;
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                return null;
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
            taken = true;
            return new DirectoryLock(channel);
        } catch (OverlappingFileLockException e) {
            return null;
        } finally {
            if (!taken) {
                channel.close();
            }
        }
    }

    /** Who holds the lock, for a person. */
    static String holder(Path file) {
        try {
            String pid = Files.size(file) > LONGEST_PID ? "" : Files.readString(file, StandardCharsets.US_ASCII);
            return pid.matches("[0-9]+") ? "process " + pid : "another process";
        } catch (IOException e) {
            return "another process";
        }
    }

    /** Lets it go. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new IllegalStateException("a lock cannot be let go", e);
        }
    }
}
