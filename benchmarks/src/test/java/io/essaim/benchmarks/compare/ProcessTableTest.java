package io.essaim.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessTableTest {

    @TempDir
    Path proc;

    @BeforeEach
    void fill() throws IOException {
        process(1, 0, "init", 1, 100);
        process(10, 1, "nginx: master (x) y", 20, 1000);
        process(11, 10, "nginx", 300, 2000);
        process(12, 11, "child", 4000, 3000);
        process(13, 1, "other", 50000, 9000);
        Files.createDirectory(proc.resolve("14"));
        Files.createDirectory(proc.resolve("sys"));
        Files.writeString(proc.resolve("stat"), "cpu  1 2 3 4 5 6 7 42 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n");
    }

    @Test
    void addsUpAProcessWithItsDescendants() throws IOException {
        ProcessTable table = new ProcessTable(proc);
        assertThat(table.ticksOfTree(10)).isEqualTo(4320);
        assertThat(table.residentKibOfTree(10)).isEqualTo(6000);
        assertThat(table.ticksOfTree(13)).isEqualTo(50000);
    }

    @Test
    void addsUpTheMachine() throws IOException {
        ProcessTable table = new ProcessTable(proc);
        assertThat(table.ticksOfAll()).isEqualTo(54321);
        assertThat(table.stolenTicks()).isEqualTo(42);
    }

    @Test
    void tellsThatAProcessIsGone() {
        assertThatThrownBy(() -> new ProcessTable(proc).ticksOfTree(99)).hasMessage("process 99 is gone");
    }

    @Test
    void countsUserAndSystemTimeAndThatOfEndedChildren() {
        ProcessStat stat = ProcessStat.parse("7 (a b) c) S 3 7 7 0 -1 4194560 1 2 3 4 1000 200 30 4 20 0 5 0 99 0 0");
        assertThat(stat).isEqualTo(new ProcessStat(7, 3, 1234));
        assertThatThrownBy(() -> ProcessStat.parse("7 (cut) S 3")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ProcessStat.parse("nothing")).isInstanceOf(IllegalArgumentException.class);
    }

    private void process(int pid, int parent, String name, int ticks, int kib) throws IOException {
        Path directory = Files.createDirectory(proc.resolve(Integer.toString(pid)));
        String stat =
                pid + " (" + name + ") S " + parent + " 1 1 0 -1 4194560 1 2 3 4 " + ticks + " 0 0 0 20 0 1 0 99\n";
        Files.writeString(directory.resolve("stat"), stat);
        Files.writeString(directory.resolve("status"), "Name:\tx\nVmHWM:\t    9999 kB\nVmRSS:\t    " + kib + " kB\n");
    }
}
