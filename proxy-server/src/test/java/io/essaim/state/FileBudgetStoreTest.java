package io.essaim.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.essaim.budget.Amounts;
import io.essaim.budget.Budgets;
import io.essaim.budget.Ledger;
import io.essaim.budget.Reservation;
import io.essaim.budget.Window;
import io.essaim.config.Price;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileBudgetStoreTest {
    private static final int PATIENCE = 30_000;

    @TempDir
    Path temporary;

    private Path directory;
    private Path file;

    static { // what it finds in a damaged file are exceptions in a proxy, where assertions are off
        ClassLoader.getSystemClassLoader().setPackageAssertionStatus("org.h2.mvstore", false);
    }

    @BeforeEach
    void name() {
        directory = temporary.resolve("new").resolve("state");
        file = directory.resolve("budgets.mv");
    }

    private static Budgets budgets(FileBudgetStore store) {
        return new Budgets(store, Clock.systemUTC());
    }

    private static void call(FileBudgetStore store) {
        CloudCalls.reserve(budgets(store)).spendAll();
    }

    /** The month of the one agent, as somebody else sees it. */
    private Window seen() throws StateFault {
        return FileBudgetStore.look(directory).getOrDefault("drh", Ledger.EMPTY).month();
    }

    private List<Path> aside() throws Exception {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(each -> each.getFileName().toString().contains("damaged"))
                    .toList();
        }
    }

    @Test
    void aNewStoreGoesOnWhereTheLastOneEnded() throws Exception {
        try (FileBudgetStore store = FileBudgetStore.open(directory)) {
            call(store);
            call(store);
        }
        try (FileBudgetStore store = FileBudgetStore.open(directory)) {
            assertThat(store.read("drh").month().spent()).isEqualTo(new Amounts(2, 4, 0));
            call(store);
        }
        assertThat(seen().spent()).isEqualTo(new Amounts(3, 6, 0));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
    }

    @Test
    void callsUnderWayAreSeenAsReservedAndCountAsSpentOnceTheirProxyIsGone() throws Exception {
        Path copy = temporary.resolve("copy");
        try (FileBudgetStore store = FileBudgetStore.open(directory)) {
            Reservation call = CloudCalls.reserve(budgets(store));
            assertThat(store.flush(PATIENCE)).isTrue();
            assertThat(seen().reserved()).isEqualTo(CloudCalls.MOST);
            Files.createDirectories(copy); // what a crash would leave
            Files.copy(file, copy.resolve("budgets.mv"));
            call.settle(Amounts.ofCall(1, 0, Price.FREE));
            assertThat(store.flush(PATIENCE)).isTrue();
            assertThat(seen().reserved()).isEqualTo(Amounts.NONE);
        }
        assertThat(seen().spent()).isEqualTo(new Amounts(1, 1, 0));
        try (FileBudgetStore store = FileBudgetStore.open(copy)) {
            assertThat(store.read("drh").month().spent()).isEqualTo(CloudCalls.MOST);
            assertThat(store.read("drh").month().reserved()).isEqualTo(Amounts.NONE);
        }
    }

    @Test
    void killedItHasForgottenNoCallThatWasOver() throws Exception {
        long over = 0;
        for (int i = 0; i < 4; i++) {
            long before = over;
            Process child = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            CloudCalls.class.getName(),
                            directory.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (BufferedReader said = child.inputReader(StandardCharsets.UTF_8)) {
                int lines = 5 + 30 * i;
                for (int n = 0; n < lines; n++) {
                    over = before + Long.parseLong(said.readLine());
                }
                child.toHandle().destroyForcibly(); // the process itself would close the stream
                for (String line = said.readLine(); line != null; line = said.readLine()) {
                    over = before + Long.parseLong(line); // said before it died, so written before
                }
            } finally {
                child.destroyForcibly().waitFor();
            }
            try (FileBudgetStore store = FileBudgetStore.open(directory)) {
                long spent = store.read("drh").month().spent().requests();
                assertThat(spent).as("round %d", i).isBetween(over, over + 10);
                over = spent;
            }
        }
        assertThat(aside()).isEmpty();
    }

    @Test
    void whatThreadsChangeAtTheSameTimeIsInTheFile() throws Exception {
        long calls = 2000;
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (FileBudgetStore store = FileBudgetStore.open(directory)) {
            Callable<Void> many = () -> {
                for (int i = 0; i < calls; i++) {
                    call(store);
                }
                return null;
            };
            for (Future<Void> each : threads.invokeAll(Collections.nCopies(4, many))) {
                each.get();
            }
        } finally {
            threads.shutdown();
        }
        assertThat(seen().spent()).isEqualTo(new Amounts(4 * calls, 8 * calls, 0));
        assertThat(seen().reserved()).isEqualTo(Amounts.NONE);
    }

    @Test
    void onlyOneMayHaveIt() throws Exception {
        try (FileBudgetStore store = FileBudgetStore.open(directory)) {
            call(store);
            assertThatThrownBy(() -> FileBudgetStore.open(directory))
                    .isInstanceOf(StateFault.class)
                    .hasMessage(file + " is in use by another essaim; give each one its own \"state\" in the rules");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"no store", "not a ledger"})
    void aDamagedFileIsPutAside(String damage) throws Exception {
        Files.createDirectories(directory);
        if (damage.equals("no store")) {
            Files.writeString(file, "x".repeat(20_000));
        } else {
            try (var store = org.h2.mvstore.MVStore.open(file.toString())) {
                store.openMap("ledgers").put("drh", "{}");
            }
        }
        byte[] bytes = Files.readAllBytes(file);
        assertThatThrownBy(() -> FileBudgetStore.look(directory))
                .isInstanceOf(StateFault.class)
                .hasMessageStartingWith(file + " is damaged: ");
        try (FileBudgetStore store = FileBudgetStore.open(directory)) {
            call(store);
        }
        assertThat(seen().spent()).isEqualTo(CloudCalls.MOST);
        assertThat(aside())
                .singleElement()
                .satisfies(each -> assertThat(Files.readAllBytes(each)).isEqualTo(bytes));
    }

    @Test
    void aDamagedFileNeverHoldsAnAmountThatWasNotOnceTrue() throws Exception {
        try (FileBudgetStore store = FileBudgetStore.open(directory)) {
            for (int i = 0; i < 20; i++) {
                call(store);
                store.flush(PATIENCE);
            }
        }
        byte[] good = Files.readAllBytes(file);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            byte[] bad = good.clone();
            for (int n = 1 + random.nextInt(200); n > 0; n--) {
                bad[random.nextInt(bad.length)] ^= (byte) (1 + random.nextInt(255));
            }
            Files.write(file, bad);
            int before = aside().size();
            try (FileBudgetStore store = FileBudgetStore.open(directory)) {
                boolean fresh = aside().size() > before;
                Amounts spent = store.read("drh").month().spent();
                long calls = fresh ? 0 : Math.min(20, spent.requests());
                assertThat(spent).as("seed %d, round %d", seed, i).isEqualTo(new Amounts(calls, 2 * calls, 0));
            }
        }
    }

    @Test
    void aDirectoryThatCannotBeMadeIsNamed() throws Exception {
        Files.writeString(temporary.resolve("new"), "a file");
        assertThatThrownBy(() -> FileBudgetStore.open(directory))
                .isInstanceOf(StateFault.class)
                .hasMessageStartingWith("the state directory " + directory + " cannot be used: ");
    }

    @Test
    void theFileStaysSmallHoweverOftenItIsWritten() throws Exception {
        try (FileBudgetStore store = FileBudgetStore.open(directory)) {
            for (int i = 0; i < 500; i++) {
                call(store);
                assertThat(store.flush(PATIENCE)).isTrue();
            }
        }
        assertThat(Files.size(file)).isLessThan(100_000);
    }

    @Test
    void withoutAFileThereIsNothing() throws Exception {
        assertThat(FileBudgetStore.look(directory)).isEmpty();
    }
}
