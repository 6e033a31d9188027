package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import io.essaim.testing.RawClient;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** Where words could be written down: the log with every level of every logger on, the admin pages, the files of the state. */
final class Sinks implements AutoCloseable {
    private final String words;
    private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    private final Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Map<Logger, Level> levels = new HashMap<>();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    /** @param words what nobody is to write down from here on */
    Sinks(String words) {
        this.words = words;
        for (Logger logger : context.getLoggerList()) {
            if (logger.getLevel() != null) {
                levels.put(logger, logger.getLevel());
                logger.setLevel(Level.TRACE);
            }
        }
        lines.list = Collections.synchronizedList(lines.list); // Other tests log meanwhile.
        lines.start();
        root.addAppender(lines);
    }

    /** The pages that anybody at the admin port can read, with the story of this answer among them. */
    void assertNotShown(TestServer server, RawClient.Reply reply) throws IOException {
        String id = reply.field("X-Essaim-Route-Id");
        assertThat(id).as(reply.text()).isNotEmpty();
        for (String page : List.of("/why/" + id, "/why", "/status", "/", "/readyz")) {
            RawClient.Reply shown = RawClient.get(server.server().adminPort(), page);
            assertThat(shown.status()).as(page).isIn(200, 503);
            assertThat(shown.text()).as(page).doesNotContain(words);
        }
        assertThat(String.join("\n", reply.fields())).doesNotContain(words);
    }

    /** What outlives the process; the proxy is closed. */
    void assertNotKept(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(words);
            }
        }
    }

    /** Everything that one line of the log says. */
    private static String text(ILoggingEvent line) {
        return line.getFormattedMessage()
                + line.getMDCPropertyMap()
                + line.getKeyValuePairs()
                + (line.getThrowableProxy() == null ? "" : ThrowableProxyUtil.asString(line.getThrowableProxy()));
    }

    @Override
    public void close() {
        root.detachAppender(lines);
        levels.forEach(Logger::setLevel);
        List<String> said = List.copyOf(lines.list).stream().map(Sinks::text).toList();
        assertThat(said.stream().filter(line -> line.contains(" agent=")))
                .as("the access log is on")
                .isNotEmpty();
        assertThat(said.stream().filter(line -> line.contains(words))).isEmpty();
    }
}
