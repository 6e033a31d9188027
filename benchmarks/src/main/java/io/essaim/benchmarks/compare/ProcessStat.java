package io.essaim.benchmarks.compare;

import java.util.List;

/**
 * What is used here of one {@code /proc/PID/stat} line (proc(5)).
 *
 * @param pid the process
 * @param parent its parent
 * @param ticks user and system time in clock ticks, with that of its children that ended and were waited for
 */
record ProcessStat(long pid, long parent, long ticks) {

    private static final int PARENT = 1;
    private static final int USER_TIME = 11;
    private static final int CHILDREN_SYSTEM_TIME = 14;

    /** Throws {@link IllegalArgumentException} if the line is no stat line. The command name may hold spaces and parentheses. */
    static ProcessStat parse(String line) {
        int open = line.indexOf(" (");
        int close = line.lastIndexOf(") ");
        if (open < 0 || close < open) {
            throw new IllegalArgumentException("not a stat line: " + line);
        }
        List<String> fields = List.of(line.substring(close + 2).split(" "));
        if (fields.size() <= CHILDREN_SYSTEM_TIME) {
            throw new IllegalArgumentException("a stat line of " + fields.size() + " fields");
        }
        long ticks = fields.subList(USER_TIME, CHILDREN_SYSTEM_TIME + 1).stream()
                .mapToLong(Long::parseLong)
                .sum();
        return new ProcessStat(Long.parseLong(line.substring(0, open)), Long.parseLong(fields.get(PARENT)), ticks);
    }
}
