package io.essaim.wire;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** A client with a small receive buffer that reads only when told to. */
final class SlowClient implements AutoCloseable {
    private static final int RECEIVE = 16 * 1024;
    private static final int KEPT = 200;

    private final Socket socket;

    /** Puts something over the connection. */
    interface Layer {
        Socket over(Socket socket) throws Exception;
    }

    SlowClient(int port) throws Exception {
        this(port, plain -> plain);
    }

    SlowClient(int port, Layer layer) throws Exception {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(RECEIVE);
        socket.setSoTimeout(20_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        this.socket = layer.over(socket);
    }

    void post(String path, String body) throws IOException {
        String request =
                "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    }

    /** Sends this on another thread, however long the proxy takes over it. */
    Thread sendAside(String text) {
        Thread sender = new Thread(() -> {
            try {
                socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                // What is missing is not answered.
            }
        });
        sender.start();
        return sender;
    }

    /** Reads to the end of the connection; how often this text came. */
    int count(String text) throws IOException {
        String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        return all.split(java.util.regex.Pattern.quote(text), -1).length - 1;
    }

    /** Reads and drops so many bytes. */
    void skip(long bytes) throws IOException {
        socket.getInputStream().skipNBytes(bytes);
    }

    /** Reads to the last chunk or to the end of the connection, and returns the end of it. */
    String rest() throws IOException {
        InputStream in = socket.getInputStream();
        byte[] some = new byte[8192];
        String end = "";
        try {
            for (int n = in.read(some); n >= 0; n = in.read(some)) {
                end += new String(some, 0, n, StandardCharsets.ISO_8859_1);
                end = end.substring(Math.max(0, end.length() - KEPT));
                if (end.endsWith("\r\n0\r\n\r\n")) {
                    return end;
                }
            }
        } catch (SocketException e) {
            return end; // Reset: the end all the same.
        }
        return end;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
