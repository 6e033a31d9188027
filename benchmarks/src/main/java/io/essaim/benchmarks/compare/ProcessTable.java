package io.essaim.benchmarks.compare;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code /proc}: processor time and memory of a process with all its descendants, and processor time of all others. */
final class ProcessTable {

    private static final Pattern RESIDENT = Pattern.compile("^VmRSS:\\s+(\\d+) kB$", Pattern.MULTILINE);
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    private static final int STOLEN = 8;

    private final Path proc;

    ProcessTable(Path proc) {
        this.proc = proc;
    }

    /** Processor time so far, in clock ticks; children that ended are counted with the parent that waited for them. */
    long ticksOfTree(long root) throws IOException {
        return tree(root).stream().mapToLong(ProcessStat::ticks).sum();
    }

    /** Sum of the resident sets in KiB; pages shared between the processes count once for each. */
    long residentKibOfTree(long root) throws IOException {
        long sum = 0;
        for (ProcessStat process : tree(root)) {
            sum += residentKib(process.pid()).orElse(0);
        }
        return sum;
    }

    /**
     * Processor time of all processes so far, in clock ticks. The machine-wide counters would not do: a kernel that samples them at its ticks misses
     * most of the short bursts that a token stream is made of.
     */
    long ticksOfAll() throws IOException {
        return all().stream().mapToLong(ProcessStat::ticks).sum();
    }

    /** Time that a host took from this virtual machine, in clock ticks over all processors. */
    long stolenTicks() throws IOException {
        try (var lines = Files.lines(proc.resolve("stat"))) {
            return stolenTicks(lines.findFirst().orElse(""));
        }
    }

    private static long stolenTicks(String total) {
        String[] words = total.split("\\s+", STOLEN + 2);
        return words[0].equals("cpu") && words.length > STOLEN ? Long.parseLong(words[STOLEN]) : 0;
    }

    private List<ProcessStat> tree(long root) throws IOException {
        Map<Long, List<ProcessStat>> byParent = new HashMap<>();
        Deque<ProcessStat> pending = new ArrayDeque<>();
        for (ProcessStat process : all()) {
            byParent.computeIfAbsent(process.parent(), parent -> new ArrayList<>())
                    .add(process);
            if (process.pid() == root) {
                pending.add(process);
            }
        }
        List<ProcessStat> found = new ArrayList<>();
        while (!pending.isEmpty()) {
            ProcessStat next = pending.remove();
            found.add(next);
            pending.addAll(byParent.getOrDefault(next.pid(), List.of()));
        }
        if (found.isEmpty()) {
            throw new IOException("process " + root + " is gone");
        }
        return found;
    }

    private List<ProcessStat> all() throws IOException {
        List<ProcessStat> all = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(
                proc,
                entry -> NUMBER.matcher(String.valueOf(entry.getFileName())).matches())) {
            for (Path entry : entries) {
                try {
                    all.add(ProcessStat.parse(Files.readString(entry.resolve("stat"))));
                } catch (IOException e) {
                    // It ended between the listing and the reading.
                }
            }
        }
        return all;
    }

    private OptionalLong residentKib(long pid) {
        try {
            Matcher matcher = RESIDENT.matcher(
                    Files.readString(proc.resolve(Long.toString(pid)).resolve("status")));
            return matcher.find() ? OptionalLong.of(Long.parseLong(matcher.group(1))) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }
}
