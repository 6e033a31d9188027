package io.essaim.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** A client that says what it is told to, however wrong, and notes everything it hears on a thread of its own. */
public final class Eavesdropper implements AutoCloseable {
    private static final Duration QUIET = Duration.ofMillis(150);

    /**
     * One answer.
     *
     * @param fields the head without the status line, lower case
     */
    public record Heard(int status, String fields, String body) {
        public boolean closes() {
            return fields.contains("\nconnection: close\r");
        }
    }

    private final Socket socket;
    private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
    private final Thread listening;
    private volatile boolean ended;

    public Eavesdropper(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        listening = new Thread(this::listen, "eavesdropper");
        listening.setDaemon(true);
        listening.start();
    }

    private void listen() {
        byte[] buffer = new byte[8192];
        try {
            for (int n = socket.getInputStream().read(buffer);
                    n >= 0;
                    n = socket.getInputStream().read(buffer)) {
                synchronized (heard) {
                    heard.write(buffer, 0, n);
                }
            }
        } catch (IOException e) {
            // A reset ends it too.
        }
        ended = true;
    }

    /** Does what the row says. A proxy that closes while it is spoken to is heard, not an error. */
    public void play(List<HostileRow.Act> acts) {
        try {
            for (HostileRow.Act act : acts) {
                if (act instanceof HostileRow.Send send) {
                    socket.getOutputStream().write(send.bytes());
                } else if (act instanceof HostileRow.Pause) {
                    within(QUIET, () -> size() > 0);
                } else if (act instanceof HostileRow.HalfClose) {
                    socket.shutdownOutput();
                } else {
                    socket.setSoLinger(true, 0);
                    socket.close();
                }
            }
        } catch (IOException e) {
            // Closed by the proxy before all was said.
        }
    }

    /** Waits for the end of the connection; false when it does not come. */
    public boolean awaitEnd() {
        return within(Duration.ofSeconds(10), () -> ended);
    }

    /**
     * Waits for the end, or until nothing more is heard.
     *
     * @param first how long to wait for the first that is heard
     */
    public void awaitQuiet(Duration first) {
        within(first, () -> ended || size() > 0);
        int before = -1;
        while (!ended && before != size()) {
            before = size();
            int then = before;
            within(QUIET, () -> ended || size() != then);
        }
    }

    private static boolean within(Duration time, java.util.concurrent.Callable<Boolean> condition) {
        try {
            Awaitility.await().pollInterval(Duration.ofMillis(2)).atMost(time).until(condition);
            return true;
        } catch (ConditionTimeoutException e) {
            return false;
        }
    }

    private int size() {
        synchronized (heard) {
            return heard.size();
        }
    }

    /**
     * The final answers heard so far.
     *
     * @param toHead whether the first was to a HEAD
     * @throws IllegalStateException when what was heard is not HTTP
     */
    public List<Heard> answers(boolean toHead) {
        String text;
        synchronized (heard) {
            text = heard.toString(StandardCharsets.ISO_8859_1);
        }
        List<Heard> answers = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int headEnd = text.indexOf("\r\n\r\n", at);
            if (headEnd < 0 || !text.startsWith("HTTP/1.", at)) {
                throw new IllegalStateException("no HTTP: " + text.substring(at));
            }
            String head = text.substring(at, headEnd + 2).toLowerCase(java.util.Locale.ROOT);
            int status = Integer.parseInt(head.substring(9, 12));
            at = headEnd + 4;
            int body = 0;
            int length = head.indexOf("\ncontent-length: ");
            if (status >= 200 && !(toHead && answers.isEmpty()) && length >= 0) {
                body = Integer.parseInt(head.substring(length + 17, head.indexOf('\r', length)));
            } else if (head.contains("\ntransfer-encoding: chunked")) {
                body = text.indexOf("\r\n0\r\n\r\n", at) + 7 - at;
            }
            if (body < 0 || at + body > text.length()) {
                body = text.length() - at;
            }
            if (status >= 200) {
                answers.add(new Heard(status, head.substring(head.indexOf('\n')), text.substring(at, at + body)));
            }
            at += body;
        }
        return answers;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
