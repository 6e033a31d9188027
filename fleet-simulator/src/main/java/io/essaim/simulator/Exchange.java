package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer on the wire, framed as Go's net/http does: a body of up to 2048 bytes has a Content-Length, a longer or
 * streamed one is chunked, HTTP/1.0 gets neither and the connection closes.
 */
final class Exchange {
    static final String JSON = "application/json; charset=utf-8";
    static final String BARE_JSON = "application/json";
    static final String TEXT = "text/plain";
    private static final int LINGER_MILLIS = 500;
    private static final int LONGEST_UNCHUNKED = 2048;

    private final ChannelHandlerContext context;
    private final HttpRequest request;
    private final String path;
    private final Runnable whenEnded;
    private final HttpHeaders extra = new DefaultHttpHeaders();
    private @Nullable Runnable whenGone;
    private @Nullable Runnable whenOver;
    private @Nullable Fault fault;
    private boolean opened;
    private boolean ended;
    private boolean keepAlive;
    private boolean lingering;

    Exchange(ChannelHandlerContext context, HttpRequest request, String path, Runnable whenEnded) {
        this.context = context;
        this.request = request;
        this.path = path;
        this.whenEnded = whenEnded;
        this.keepAlive = HttpUtil.isKeepAlive(request);
    }

    HttpRequest request() {
        return request;
    }

    /** The path without its query, percent-decoded. */
    String path() {
        return path;
    }

    boolean isOpened() {
        return opened;
    }

    boolean isEnded() {
        return ended;
    }

    void hitBy(@Nullable Fault hit) {
        fault = hit;
    }

    @Nullable
    Fault fault() {
        return fault;
    }

    /** Called once if the client leaves before the answer has ended. */
    void onGone(Runnable action) {
        whenGone = action;
    }

    /** Called once when the exchange is over, however it ended. */
    void onOver(Runnable action) {
        whenOver = action;
    }

    private void over() {
        ended = true;
        if (whenOver != null) {
            whenOver.run();
        }
        whenEnded.run();
    }

    void gone() {
        if (!ended) {
            over();
            if (whenGone != null) {
                whenGone.run();
            }
        }
    }

    /** Adds a header to the answer, whatever it will be. */
    void header(String name, String value) {
        extra.add(name, value);
    }

    /** Sets a header of the answer instead of one set before. */
    void headerOnce(String name, String value) {
        extra.set(name, value);
    }

    /** Closes after the answer though the client still writes: as net/http, first one way, so that it can read the answer. */
    void lingerAfterwards() {
        keepAlive = false;
        lingering = true;
    }

    void closeAfterwards() {
        keepAlive = false;
    }

    /** A whole answer; {@code contentType} null for none. */
    void whole(int status, @Nullable String contentType, String body) {
        ByteBuf bytes = ByteBufUtil.writeUtf8(context.alloc(), body);
        if (bytes.readableBytes() > LONGEST_UNCHUNKED && !isHead()) {
            open(status, contentType);
            write(bytes);
            end();
            return;
        }
        int length = bytes.readableBytes();
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                version(), HttpResponseStatus.valueOf(status), isHead() ? Unpooled.EMPTY_BUFFER : bytes);
        if (isHead()) {
            bytes.release();
        }
        head(response, contentType);
        // Go leaves the length of a long body out of the answer to HEAD, and of an answer that cannot have a body.
        if (length <= LONGEST_UNCHUNKED && status != 204 && !(isHead() && length == 0)) {
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
        }
        connectionHeader(response);
        opened = true;
        finish(response);
    }

    void json(int status, Object body) {
        whole(status, JSON, GoJson.write(body));
    }

    void refuse(Refusal refusal) {
        json(refusal.status(), Map.of("error", refusal.text()));
    }

    /** Begins a streamed answer. */
    void open(int status, @Nullable String contentType) {
        HttpResponse response = new DefaultHttpResponse(version(), HttpResponseStatus.valueOf(status));
        head(response, contentType);
        if (version().equals(HttpVersion.HTTP_1_0)) {
            keepAlive = false;
        }
        connectionHeader(response);
        if (!version().equals(HttpVersion.HTTP_1_0)) {
            response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        opened = true;
        var unused = context.write(response);
    }

    /** Sends the head of a streamed answer before its first chunk. */
    void flushHead() {
        context.flush();
    }

    /** One HTTP chunk, flushed. */
    void chunk(String text) {
        if (!ended) {
            write(ByteBufUtil.writeUtf8(context.alloc(), text));
            context.flush();
        }
    }

    /** The proper end of a streamed answer. */
    void end() {
        if (!ended) {
            finish(LastHttpContent.EMPTY_LAST_CONTENT);
        }
    }

    /** Ends the connection with a reset. */
    void reset() {
        context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
        abandon();
    }

    /** Ends the connection with a FIN, whatever is missing of the answer. */
    void cut() {
        context.flush();
        abandon();
    }

    private void abandon() {
        if (!ended) {
            over();
        }
        var unused = context.close();
    }

    private void write(ByteBuf bytes) {
        if (isHead()) {
            bytes.release();
        } else {
            var unused = context.write(new DefaultHttpContent(bytes));
        }
    }

    private void finish(Object last) {
        if (keepAlive) {
            var unused = context.writeAndFlush(last);
        } else {
            context.writeAndFlush(last)
                    .addListener(lingering ? (ChannelFutureListener) this::linger : ChannelFutureListener.CLOSE);
        }
        over();
    }

    private void linger(ChannelFuture written) {
        if (written.channel() instanceof DuplexChannel channel) {
            Runnable close = () -> {
                var unused = channel.close();
            };
            var unusedShut = channel.shutdownOutput();
            var unusedTimer = channel.eventLoop().schedule(close, LINGER_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void head(HttpResponse response, @Nullable String contentType) {
        if (contentType != null) {
            extra.set("Content-Type", contentType);
        }
        // Go writes what handlers have set in alphabetical order, its own headers after it.
        new TreeSet<>(extra.names()).forEach(name -> response.headers().add(name, extra.getAll(name)));
        response.headers().set(HttpHeaderNames.DATE, HttpDate.now());
    }

    private void connectionHeader(HttpResponse response) {
        boolean old = version().equals(HttpVersion.HTTP_1_0);
        if (!keepAlive && !old) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (keepAlive && old) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
    }

    private HttpVersion version() {
        return request.protocolVersion().equals(HttpVersion.HTTP_1_0) ? HttpVersion.HTTP_1_0 : HttpVersion.HTTP_1_1;
    }

    private boolean isHead() {
        return request.method().equals(HttpMethod.HEAD);
    }

    /** The values of a request header. */
    List<String> headers(String name) {
        return request.headers().getAll(name);
    }
}
