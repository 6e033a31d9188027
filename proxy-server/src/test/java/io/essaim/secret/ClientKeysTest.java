package io.essaim.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.essaim.config.KeyHash;
import io.essaim.config.Rules;
import io.essaim.config.RulesLoader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

@Isolated("reads the log of the JVM")
class ClientKeysTest {
    private static final String IN_RULES = "es-in-the-rules";
    private static final Instant NOON = Instant.parse("2026-12-01T12:00:00Z");

    @TempDir
    Path directory;

    private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
    private final Clock clock = ((InstantSource) now::get).withZone(ZoneOffset.UTC);
    private final Logger logger = (Logger) LoggerFactory.getLogger(ClientKeys.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void noHashIsWrittenDown() {
        logger.detachAppender(lines);
        assertThat(said()).noneMatch(line -> line.matches(".*(sha256:[0-9a-f]|es-).*"));
    }

    private List<String> said() {
        return List.copyOf(lines.list).stream()
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private static Rules rules() throws Exception {
        String json =
                "{\"backends\":{\"a\":{\"url\":\"http://a\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"a\"]]}],"
                        + "\"agents\":{\"drh\":{\"keysFile\":\"drh.keys\"},\"rssi\":{\"keysFile\":\"rssi.keys\",\"keys\":[\""
                        + KeyHash.of(IN_RULES) + "\"]}}}";
        return RulesLoader.load("test.json", json.getBytes(StandardCharsets.UTF_8));
    }

    private ClientKeys keys() throws Exception {
        return new ClientKeys(rules(), directory, clock);
    }

    private Path write(String file, String mode, String... keys) throws IOException {
        StringBuilder text = new StringBuilder();
        for (String key : keys) {
            String[] parts = key.split(" ", 2);
            text.append(KeyHash.of(parts[0]))
                    .append(parts.length > 1 ? " " + parts[1] : "")
                    .append('\n');
        }
        return put(file, mode, text.toString());
    }

    /** As the command does it: whole or not at all. */
    private Path put(String file, String mode, String text) throws IOException {
        Path fresh = Files.writeString(directory.resolve(file + ".fresh"), text);
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(mode));
        return Files.move(fresh, directory.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void keysAreTheirAgents_inTheRulesAndInFiles_untilTheirTime() throws Exception {
        write("drh.keys", "rw-r-----", "es-one", "es-old until " + NOON.plusSeconds(60));
        write("rssi.keys", "rw-------", "es-more");
        ClientKeys keys = keys();
        assertThat(keys.problems()).isEmpty();
        assertThat(keys.ownerOf("es-one")).isEqualTo("drh");
        assertThat(keys.ownerOf("es-old")).isEqualTo("drh");
        assertThat(keys.ownerOf("es-more")).isEqualTo("rssi");
        assertThat(keys.ownerOf(IN_RULES)).isEqualTo("rssi");
        assertThat(keys.ownerOf("es-else")).isNull();
        now.set(NOON.plusSeconds(59));
        assertThat(keys.ownerOf("es-old")).isEqualTo("drh");
        now.set(NOON.plusSeconds(60));
        assertThat(keys.ownerOf("es-old")).isNull();
        assertThat(keys.ownerOf("es-one")).isEqualTo("drh");
    }

    @Test
    void whatCannotBeUsedFromTheStart_holdsNothing_andSaysSo() throws Exception {
        write("drh.keys", "rw-rw-rw-", "es-one");
        ClientKeys keys = keys();
        assertThat(keys.ownerOf("es-one")).isNull();
        assertThat(keys.problems())
                .containsExactly(
                        "agent drh: its keys file drh.keys can be written by others (chmod o-w); no key of it holds",
                        "agent rssi: its keys file rssi.keys is not there; no key of it holds");
        put("drh.keys", "rw-------", "es-in-clear\n");
        assertThat(keys().problems().get(0))
                .isEqualTo("agent drh: its keys file drh.keys line 1 is not sha256: and 64 hexadecimal digits,"
                        + " perhaps with \"until\" and a time; no key of it holds");
        Files.write(directory.resolve("drh.keys"), new byte[] {(byte) 0xff, 10});
        assertThat(keys().problems().get(0)).contains("drh.keys is no text; ");
    }

    @Test
    void aKeyOfTwoAgents_isBelievedOfNeitherFile() throws Exception {
        write("drh.keys", "rw-------", IN_RULES, "es-one");
        write("rssi.keys", "rw-------", "es-more");
        ClientKeys keys = keys();
        assertThat(keys.ownerOf(IN_RULES)).isEqualTo("rssi");
        assertThat(keys.ownerOf("es-one")).isNull();
        assertThat(keys.problems())
                .containsExactly(
                        "agent drh: its keys file drh.keys has a key that agent rssi has already; no key of it holds");
        write("drh.keys", "rw-------", "es-more");
        assertThat(keys().problems())
                .containsExactly(
                        "agent rssi: its keys file rssi.keys has a key that agent drh has already; no key of it holds");
    }

    @Test
    void filesAreFollowed_andOneThatTurnsBadChangesNothing_butForOneWarning() throws Exception {
        Path file = write("drh.keys", "rw-------", "es-one");
        write("rssi.keys", "rw-------");
        try (ClientKeys keys = keys()) {
            keys.follow();
            write("drh.keys", "rw-------", "es-one until " + NOON.plusSeconds(1), "es-two");
            await().until(() -> "drh".equals(keys.ownerOf("es-two")));
            assertThat(keys.ownerOf("es-one")).isEqualTo("drh");

            put("drh.keys", "rw-------", "garbage\n");
            await().until(() -> !keys.problems().isEmpty());
            assertThat(keys.ownerOf("es-two")).isEqualTo("drh");
            put("rssi.keys", "rw-------", KeyHash.of("es-mark") + "\n");
            await().until(() -> "rssi".equals(keys.ownerOf("es-mark"))); // It has looked again since.
            assertThat(said())
                    .filteredOn(line -> line.contains("drh.keys"))
                    .singleElement()
                    .asString()
                    .startsWith("agent drh: its keys file drh.keys line 1 is not")
                    .endsWith("; the keys it had before still hold");

            write("drh.keys", "rw-rw-rw-", "es-three");
            await().until(() -> keys.problems().toString().contains("written by others"));
            assertThat(keys.ownerOf("es-three")).isNull();
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            await().until(() -> "drh".equals(keys.ownerOf("es-three")));
            assertThat(keys.ownerOf("es-two"))
                    .as("it is not in the file any more")
                    .isNull();
            assertThat(keys.problems()).isEmpty();
            await().until(() -> said().get(said().size() - 1).endsWith("drh.keys is good again"));
        }
    }
}
