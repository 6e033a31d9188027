package io.essaim.frontend;

import io.essaim.api.Operation;
import io.essaim.http.Answer;
import io.essaim.http.BadMessage;
import io.essaim.http.BodyBudget;
import io.essaim.http.BodyFlow;
import io.essaim.http.BodySink;
import io.essaim.http.Request;
import io.essaim.http.RequestBody;
import io.essaim.http.RequestReader;
import io.essaim.transport.FirstByte;
import io.essaim.upstream.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the requests of one client connection, one after the other: the head, its admission, the body. Confined to its
 * event loop.
 */
final class Intake {
    /** The longest body of a request that needs none. */
    private static final long MOST_IDLE_BODY = 64 * 1024;

    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Loop loop;
    private final BodyBudget bodies;
    private FrontendServices services;
    private final ClientDeadlines deadlines;
    private final RequestReader reader = new RequestReader();
    private ByteBuf pending = Unpooled.EMPTY_BUFFER;
    private AdmissionControl.@Nullable Admit admitted;
    private @Nullable RequestBody body;
    private @Nullable BodyFlow flow;
    private @Nullable BodySink sink;
    private boolean promised = true;
    private @Nullable InetAddress client;

    Intake(Loop loop, BodyBudget bodies, FrontendServices services, ClientDeadlines deadlines) {
        this.loop = loop;
        this.bodies = bodies;
        this.services = services;
        this.deadlines = deadlines;
    }

    /** Other rules hold for the request that comes next; none is under way. */
    void adopt(FrontendServices next) {
        services = next;
        deadlines.adopt(next.rules().timeouts());
    }

    /** What the bytes came to. */
    sealed interface Event {}

    /** The head is refused. */
    record Refused(Request request, Answer answer) implements Event {}

    /** A body has no room, and got none for as long as it may wait. */
    record Crowded(AdmissionControl.Admit admit) implements Event {}

    /**
     * A request can be received.
     *
     * @param body its whole body, owned by the receiver of the event; null when it is to be handed on by {@link #flowTo}
     */
    record Come(AdmissionControl.Admit admit, @Nullable ByteBuf body) implements Event {}

    /** Takes over bytes that have arrived. */
    void add(ByteBuf in, ByteBufAllocator alloc) {
        pending = pending.isReadable() ? ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(alloc, pending, in) : in;
    }

    /** Bytes that have arrived and are not read yet. */
    int ahead() {
        return pending.readableBytes();
    }

    /**
     * Reads on in what has arrived.
     *
     * @return null when more bytes are needed
     * @throws BadMessage when this is no good request; the connection cannot be used for another
     */
    @Nullable
    Event next(Channel channel) throws BadMessage {
        try {
            return body == null ? head(pending, channel) : body(pending, body);
        } finally {
            if (!pending.isReadable()) {
                dropPending();
            }
        }
    }

    private @Nullable Event head(ByteBuf in, Channel channel) throws BadMessage {
        if (!in.isReadable()) {
            return null;
        }
        deadlines.headBegins(loop.now());
        if (!reader.underWay() && FirstByte.isTls(in)) {
            throw new BadMessage(
                    400, "this port speaks http without TLS: use http:// in the URL, or set listen.tls in the rules");
        }
        if (!reader.read(in)) {
            return null;
        }
        Request request = reader.request();
        reader.reset();
        deadlines.bodyBegins(loop.now());
        AdmissionControl admission = services.admission();
        client = peer(channel);
        client = admission.client(client, request);
        AdmissionControl.Decision decision = admission.decide(request, client, port(channel));
        if (decision instanceof AdmissionControl.Refuse refuse) {
            return new Refused(request, refuse.answer());
        }
        AdmissionControl.Admit admit = (AdmissionControl.Admit) decision;
        if (admit.operation() == Operation.BLOB && request.hasBody()) {
            flow = new BodyFlow(request.length());
            sink = null;
            promised = !request.expectsContinue();
            return new Come(admit, null);
        }
        return gather(admit, in, channel);
    }

    private @Nullable Event gather(AdmissionControl.Admit admit, ByteBuf in, Channel channel) throws BadMessage {
        Request request = admit.request();
        long most = Math.min(services.rules().limits().maxBody(), bodies.largest());
        long limit = admit.operation().relayed() ? most : MOST_IDLE_BODY;
        if (request.length() > limit) {
            throw new BadMessage(413, "the body is larger than " + limit + " bytes");
        }
        admitted = admit;
        RequestBody gathering = new RequestBody(bodies, request.length(), limit);
        body = gathering;
        if (request.expectsContinue() && !in.isReadable()) {
            channel.writeAndFlush(Unpooled.wrappedBuffer(CONTINUE));
        }
        return body(in, gathering);
    }

    private @Nullable Event body(ByteBuf in, RequestBody gathering) throws BadMessage {
        if (!gathering.take(in)) {
            return givesUp(gathering, loop.now()) ? new Crowded(java.util.Objects.requireNonNull(admitted)) : null;
        }
        deadlines.bodyReceived(gathering.received(), loop.now());
        if (!gathering.whole()) {
            return null;
        }
        body = null;
        return new Come(java.util.Objects.requireNonNull(admitted), gathering.take());
    }

    /** Whether a body has waited for room for long enough. */
    private boolean givesUp(RequestBody gathering, long now) {
        return deadlines.roomAwaited(now)
                && (gathering.room() == 0 || deadlines.roomAwaitedLong(now) || bodies.givesUp(now));
    }

    /** Hands on a body that is not held, to {@code next} from now on; null lets it wait. */
    void flowTo(@Nullable BodySink next, Channel channel) {
        sink = next;
        if (next != null && !promised) {
            promised = true;
            channel.writeAndFlush(Unpooled.wrappedBuffer(CONTINUE));
        }
    }

    /** Hands on what has arrived of a body that is not held, if there is one and somebody takes it. */
    void flow() throws BadMessage {
        BodyFlow now = flow;
        BodySink to = sink;
        if (now == null || to == null) {
            return;
        }
        if (pending.isReadable()) {
            deadlines.bodyFlows(loop.now());
        }
        boolean whole = now.take(pending, to);
        if (!pending.isReadable()) {
            dropPending();
        }
        if (whole) {
            flow = null;
            sink = null;
            to.bodyOver();
        }
    }

    /** Whether a body is under way that is not held. */
    boolean flows() {
        return flow != null;
    }

    /** Who sent the latest request, as far as that is known. */
    @Nullable
    InetAddress client() {
        return client;
    }

    static @Nullable InetAddress peer(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress inet ? inet.getAddress() : null;
    }

    private static int port(Channel channel) {
        return channel.localAddress() instanceof InetSocketAddress inet ? inet.getPort() : 0;
    }

    /** Whether a body waits for room: nothing more is to be read meanwhile. */
    boolean waitsForRoom() {
        return body != null && deadlines.waitsForRoom();
    }

    /** Whether a request has begun and is not complete. */
    boolean underWay() {
        return body != null || reader.underWay();
    }

    /** What to say to a client that takes too long over the request it has begun; null while it is in time. */
    @Nullable
    String late(long now) {
        if (body != null) {
            if (bodies.scarce() && deadlines.yieldsRoom(body.room(), now)) {
                return "the body of the request came too slowly while others waited for its room";
            }
            return deadlines.bodyLate(now) ? "the body of the request came too slowly, or stopped coming" : null;
        }
        return reader.underWay() && deadlines.headLate(now) ? "the head of the request took too long" : null;
    }

    /** Whether a body that is handed on has stopped coming, though somebody would take it. */
    boolean flowLate(long now) {
        if (flow == null || sink == null) {
            deadlines.bodyFlows(now);
            return false;
        }
        return deadlines.flowLate(now);
    }

    /** Lets go of what was gathered; nothing more is read. */
    void release() {
        if (body != null) {
            body.release();
            body = null;
        }
        flow = null;
        sink = null;
        dropPending();
    }

    private void dropPending() {
        pending.release();
        pending = Unpooled.EMPTY_BUFFER;
    }
}
