package io.essaim.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.essaim.budget.BudgetWindow;
import io.essaim.budget.Budgets;
import io.essaim.budget.CloudUsage;
import io.essaim.budget.Ledger;
import io.essaim.budget.Reservation;
import io.essaim.config.Price;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
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

    @BeforeEach
    void name() {
        directory = temporary.resolve("new").resolve("state");
        file = directory.resolve("budgets.txt");
    }

    private static Budgets budgets(FileBudgetStore store) {
        return new Budgets(store, Clock.systemUTC());
    }

    private static void call(FileBudgetStore store) {
        CloudCalls.reserve(budgets(store)).spendAll();
    }

    /** The month of the one agent, as somebody else sees it. */
    private BudgetWindow seen() throws StateFault {
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
            assertThat(store.read("drh").month().spent()).isEqualTo(new CloudUsage(2, 4, 0));
            call(store);
        }
        assertThat(seen().spent()).isEqualTo(new CloudUsage(3, 6, 0));
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
            Files.copy(file, copy.resolve("budgets.txt"));
            call.settle(CloudUsage.ofCall(1, 0, Price.FREE));
            assertThat(store.flush(PATIENCE)).isTrue();
            assertThat(seen().reserved()).isEqualTo(CloudUsage.NONE);
        }
        assertThat(seen().spent()).isEqualTo(new CloudUsage(1, 1, 0));
        try (FileBudgetStore store = FileBudgetStore.open(copy)) {
            assertThat(store.read("drh").month().spent()).isEqualTo(CloudCalls.MOST);
            assertThat(store.read("drh").month().reserved()).isEqualTo(CloudUsage.NONE);
        }
    }

    @Test
    void killedItHasForgottenNoCallThatWasSent() throws Exception {
        long sent = 0;
        for (int i = 0; i < 8; i++) {
            long before = sent;
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
                int lines = 5 + 40 * i;
                for (int n = 0; n < lines; n++) {
                    sent = before + Long.parseLong(said.readLine());
                }
                child.toHandle().destroyForcibly(); // the process itself would close the stream
                for (String line = said.readLine(); line != null; line = said.readLine()) {
                    sent = before + Long.parseLong(line); // sent before it died
                }
            } finally {
                child.destroyForcibly().waitFor();
            }
            try (FileBudgetStore store = FileBudgetStore.open(directory)) {
                long spent = store.read("drh").month().spent().requests();
                assertThat(spent).as("round %d", i).isBetween(sent, sent + CloudCalls.AT_A_TIME);
                sent = spent;
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
        assertThat(seen().spent()).isEqualTo(new CloudUsage(4 * calls, 8 * calls, 0));
        assertThat(seen().reserved()).isEqualTo(CloudUsage.NONE);
    }

    @Test
    void onlyOneMayHaveIt_andTheOtherGetsItWhenItIsFree() throws Exception {
        FileBudgetStore first = FileBudgetStore.open(directory);
        call(first);
        try (FileBudgetStore second = FileBudgetStore.open(directory)) {
            assertThat(second.unavailable())
                    .isEqualTo("the state directory " + directory + " is in use by process "
                            + ProcessHandle.current().pid() + ": give each essaim its own \"state\" in the rules");
            Reservation underWay = CloudCalls.reserve(budgets(first));
            first.close();
            assertThat(first.unavailable()).isNotNull();
            await().atMost(Duration.ofSeconds(20)).until(() -> second.unavailable() == null);
            assertThat(second.read("drh").month().spent())
                    .as("with the call under way")
                    .isEqualTo(new CloudUsage(2, 4, 0));
            underWay.refund(); // Too late: the other one has it.
            assertThat(second.read("drh").month().spent()).isEqualTo(new CloudUsage(2, 4, 0));
        }
    }

    @Test
    void nothingIsMadeOnTheDisk_beforeItIsNeeded() {
        try (FileBudgetStore store = FileBudgetStore.in(directory)) {
            assertThat(store.unavailable()).isEqualTo("their budgets are not open yet");
        }
        assertThat(directory).doesNotExist();
    }

    @Test
    void whatIsReservedIsOnTheDisk_whenThatIsSaid() throws Exception {
        try (FileBudgetStore store = FileBudgetStore.open(directory)) {
            for (int i = 1; i <= 50; i++) {
                CloudCalls.reserve(budgets(store));
                CompletableFuture<String> kept = new CompletableFuture<>();
                store.whenKept(kept::complete);
                assertThat(kept.get(PATIENCE, TimeUnit.MILLISECONDS)).isNull();
                assertThat(seen().reserved().requests()).isEqualTo(i);
            }
        }
    }

    @Test
    void whileTheDiskDoesNotTakeIt_nothingCanBeReserved_andWhoWaitsHearsWhy() throws Exception {
        try (FileBudgetStore store = FileBudgetStore.open(directory)) {
            call(store);
            assertThat(store.flush(PATIENCE)).isTrue();
            Path inTheWay = Files.createDirectories(directory.resolve("budgets.txt.new/full"));
            CloudCalls.reserve(budgets(store));
            CompletableFuture<String> kept = new CompletableFuture<>();
            store.whenKept(kept::complete);
            assertThat(kept.get(PATIENCE, TimeUnit.MILLISECONDS))
                    .startsWith("budgets cannot be written to " + directory);
            assertThat(store.unavailable()).isNotNull();
            Files.delete(inTheWay);
            Files.delete(inTheWay.getParent());
            await().atMost(Duration.ofSeconds(20)).until(() -> store.unavailable() == null);
            assertThat(seen().reserved().requests()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"xxxxxxxxxxxxxxxx", "essaim budgets 2\ndrh 0 {}\nend 1\n", "essaim budgets 2\n", ""})
    void aDamagedFileIsPutAside(String damage) throws Exception {
        Files.createDirectories(directory);
        Files.writeString(file, damage);
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
    void theFileOfAnOlderVersionIsSetAside() throws Exception {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("budgets.mv"), "H:2");
        try (FileBudgetStore store = FileBudgetStore.open(directory)) {
            assertThat(store.unavailable()).isNull();
        }
        assertThat(directory.resolve("budgets.mv")).doesNotExist();
        assertThat(directory.resolve("budgets.mv.unread")).hasContent("H:2");
    }

    @Test
    void aNewerFileIsLeftAlone() throws Exception {
        Files.createDirectories(directory);
        Files.writeString(file, "essaim budgets 3\n");
        try (FileBudgetStore store = FileBudgetStore.open(directory)) {
            assertThat(store.unavailable()).isEqualTo(file + " was written by a newer version");
        }
        assertThat(file).hasContent("essaim budgets 3");
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
                CloudUsage spent = store.read("drh").month().spent();
                long calls = fresh ? 0 : Math.min(20, spent.requests());
                assertThat(spent).as("seed %d, round %d", seed, i).isEqualTo(new CloudUsage(calls, 2 * calls, 0));
            }
        }
    }

    @Test
    void aDirectoryThatCannotBeMadeIsNamed_andTriedAgain() throws Exception {
        Files.writeString(temporary.resolve("new"), "a file");
        try (FileBudgetStore store = FileBudgetStore.open(directory)) {
            assertThat(store.unavailable()).startsWith("the state directory " + directory + " cannot be used: ");
            Files.delete(temporary.resolve("new"));
            await().atMost(Duration.ofSeconds(20)).until(() -> store.unavailable() == null);
        }
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
