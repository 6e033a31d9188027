package io.essaim.client;

import io.essaim.api.ErrorAnswers;
import io.essaim.api.Operation;
import io.essaim.api.Surface;
import io.essaim.api.Wording;
import io.essaim.fault.InternalFault;
import io.essaim.http.Answer;
import io.essaim.http.ResponseWriter;
import io.essaim.http.RouteId;
import io.essaim.stream.ByteArrays;
import io.essaim.stream.Relay;
import io.essaim.upstream.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What one client is sent for one request: a relayed answer or an error, and heartbeats while it waits for a stream to
 * begin. A heartbeat commits to status 200, not to a backend: until real content is sent another backend can still be
 * asked, and an error can only be a frame of the stream.
 *
 * <p>Confined to the client's event loop.
 */
public final class ClientResponse implements Loop.Timed {
    private static final byte[] CRLF = {'\r', '\n'};
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final ClientStream client;
    private final Loop loop;
    private final Operation operation;
    private final String asked;
    private final RouteId id;
    private final long interval;
    private long lastSign;
    private boolean awake;
    private boolean broken;
    private boolean keepAlive;
    private boolean bare;
    private boolean said;
    private @Nullable Relay relay;
    private @Nullable LongToIntFunction load;

    /** @param heartbeat time between signs of life; zero for none */
    public ClientResponse(ClientStream client, Loop loop, ClientRequest ask, Duration heartbeat) {
        this.client = client;
        this.loop = loop;
        this.operation = ask.operation();
        this.asked = ask.wanted().asked();
        this.id = ask.id();
        this.keepAlive = client.keepAlive();
        this.interval = heartbeat.toNanos();
    }

    /**
     * The client waits for a load; the first sign of life tells how long that may take.
     *
     * @param next from the time to the seconds that are left, 0 while they are not known
     */
    public void awaits(LongToIntFunction next) {
        load = next;
    }

    /** From now on the client gets signs of life; for streams whose client reads chunks. */
    public void keepAwake() {
        if (interval > 0) {
            lastSign = loop.now();
            loop.watch(this);
        }
    }

    /** Something that is done for this request failed; ends it, if the client has not been told its end already. */
    @Override
    public void fault(Throwable cause) {
        if (said) {
            InternalFault.log("after the end of request " + id, cause);
        } else {
            client.fault(cause);
        }
    }

    /** Whether a backend's answer has begun. */
    public boolean begun() {
        return relay != null;
    }

    @Override
    public void sweep(long now) {
        if (now - lastSign < interval || !client.isWritable()) {
            return;
        }
        lastSign = now;
        if (!awake) {
            awake = true;
            List<String> fields = new ArrayList<>(client.fields());
            fields.add("X-Essaim-Route-Id: " + id);
            int eta = load == null ? 0 : load.applyAsInt(now);
            if (eta > 0) {
                fields.add("X-Essaim-Loading-Eta: " + eta);
            }
            boolean sse = operation.surface() != Surface.NATIVE;
            if (sse) {
                fields.add("Cache-Control: no-cache");
            }
            client.write(ResponseWriter.stream(
                    client.alloc(),
                    client.request(),
                    sse ? "text/event-stream" : "application/x-ndjson",
                    fields,
                    true,
                    keepAlive));
        }
        chunk(Unpooled.wrappedBuffer(
                Wording.heartbeat(operation, asked, Instant.now().toString())));
        client.flush();
    }

    /**
     * A good answer begins.
     *
     * @param own field lines of ours
     * @param full called when the client reads too slowly
     */
    public void begin(Relay answer, List<String> own, Runnable full) {
        close();
        if (!awake) {
            head(answer, own);
        } else if (answer.head().status() >= 300) {
            frame(answer.head().status(), ErrorAnswers.sentence(answer.text()));
            answer.discard();
            relay = answer;
            return;
        }
        relay = answer;
        open(answer, full);
    }

    private void open(Relay answer, Runnable full) {
        boolean asIs = !awake || answer.chunked();
        answer.open(piece -> {
            if (asIs) {
                client.write(piece);
            } else {
                chunk(piece);
            }
            if (!client.isWritable()) {
                full.run();
            }
        });
    }

    private void head(Relay answer, List<String> own) {
        keepAlive = client.keepAlive() && !answer.bareBody();
        List<String> fields = new ArrayList<>(own);
        fields.addAll(client.fields());
        client.write(ResponseWriter.relayed(
                client.alloc(), client.request(), answer.head(), answer.chunked(), fields, keepAlive));
    }

    /** The answer broke off between two frames, and somebody else is to go on: signs of life until then, for who reads chunks. */
    public void gap() {
        awake = true;
        keepAwake();
    }

    /**
     * The answer goes on with another backend's, which is sent in chunks like the first.
     *
     * @param full called when the client reads too slowly
     */
    public void goOn(Relay next, Runnable full) {
        close();
        relay = next;
        open(next, full);
    }

    /** The answer that began is complete. */
    public void complete() {
        if (awake && relay != null && !relay.chunked() && !broken) {
            client.write(Unpooled.wrappedBuffer(LAST_CHUNK));
        }
        over();
    }

    /**
     * An answer of ours begins, in the client's own dialect: a stream.
     *
     * @param own field lines of ours
     */
    public void beginOwn(String contentType, List<String> own) {
        close();
        bare = client.request().http10();
        keepAlive = client.keepAlive() && !bare;
        if (!awake) {
            List<String> fields = new ArrayList<>(own);
            fields.addAll(client.fields());
            client.write(
                    ResponseWriter.stream(client.alloc(), client.request(), contentType, fields, !bare, keepAlive));
        }
    }

    /** A piece of that answer; whether the client reads fast enough. */
    public boolean own(byte[] piece) {
        if (bare) {
            client.write(Unpooled.wrappedBuffer(piece));
        } else {
            chunk(Unpooled.wrappedBuffer(piece));
        }
        return client.isWritable();
    }

    /** That answer is over; one that is not whole ends without a proper end. */
    public void endOwn(boolean whole) {
        broken = !whole;
        if (whole && !bare) {
            client.write(Unpooled.wrappedBuffer(LAST_CHUNK));
        }
        over();
    }

    public void flush() {
        client.flush();
    }

    /** A whole answer of ours. */
    public void whole(Answer answer) {
        close();
        said = true;
        client.answer(answer);
    }

    /** The answer that began cannot be completed. */
    public void breakOff(int status, String why) {
        close();
        String text = "the answer is incomplete: " + why;
        Relay answer = java.util.Objects.requireNonNull(relay);
        if (answer.streams()) {
            String gap = !answer.midFrame() ? "" : operation.surface() == Surface.NATIVE ? "\n" : "\n\n";
            byte[] frame = Wording.streamFrame(operation.surface(), status, text);
            if (awake && !answer.chunked()) {
                chunk(Unpooled.wrappedBuffer(ByteArrays.join(gap, frame)));
            } else {
                answer.append(ByteArrays.join(gap, frame));
            }
        }
        broken = true;
        over();
    }

    /** Hands on a backend's own error answer, which is complete. */
    public void pass(Relay error, List<String> own) {
        close();
        if (awake) {
            frame(error.head().status(), ErrorAnswers.sentence(error.text()));
            error.discard();
        } else {
            head(error, own);
            error.open(client::write);
            error.finish();
        }
        over();
    }

    /** An error of ours. */
    public void error(int status, String text, List<String> own) {
        close();
        if (awake) {
            frame(status, text);
            client.refused(status, own);
            over();
        } else {
            said = true;
            client.answer(Answer.error(operation.surface(), status, text, id.toString())
                    .with(own));
        }
    }

    private void frame(int status, String text) {
        chunk(Unpooled.wrappedBuffer(Wording.streamFrame(operation.surface(), status, text)));
        broken = true;
    }

    private void chunk(ByteBuf payload) {
        byte[] size = (Integer.toHexString(payload.readableBytes()) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        client.write(Unpooled.wrappedBuffer(size));
        client.write(payload);
        client.write(Unpooled.wrappedBuffer(CRLF));
    }

    private void over() {
        client.flush();
        said = true;
        if (broken) {
            client.abort();
        } else {
            client.finished(keepAlive);
        }
    }

    /** The client takes nothing: it is let go without another byte. */
    public void drop() {
        close();
        said = true;
        client.drop();
    }

    /** No more signs of life. */
    public void close() {
        loop.unwatch(this);
    }
}
