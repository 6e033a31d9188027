package io.essaim.client;

import io.essaim.http.ResponseWriter;
import io.essaim.http.RouteId;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A stream of lines that Essaim makes itself. Each line is one chunk, as Ollama sends them; HTTP/1.0 gets bare lines.
 * Confined to the client's event loop.
 */
public final class LineStream {
    private final ClientStream client;
    private final boolean chunked;
    private final boolean keepAlive;

    /** Writes the head. */
    public LineStream(ClientStream client, RouteId id) {
        this.client = client;
        this.chunked = !client.request().http10();
        this.keepAlive = client.keepAlive() && chunked;
        List<String> fields = new ArrayList<>(client.fields());
        fields.add("X-Essaim-Route-Id: " + id);
        client.write(ResponseWriter.stream(
                client.alloc(), client.request(), "application/x-ndjson", fields, chunked, keepAlive));
    }

    /** @param json one object without a line end */
    public void line(String json) {
        byte[] bytes = (json + "\n").getBytes(StandardCharsets.UTF_8);
        if (chunked) {
            ascii(Integer.toHexString(bytes.length) + "\r\n");
        }
        client.write(Unpooled.wrappedBuffer(bytes));
        if (chunked) {
            ascii("\r\n");
        }
        client.flush();
    }

    public void end() {
        if (chunked) {
            ascii("0\r\n\r\n");
        }
        client.flush();
        client.finished(keepAlive);
    }

    private void ascii(String text) {
        client.write(Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.US_ASCII)));
    }
}
