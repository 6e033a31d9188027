package io.essaim.upstream;

import io.essaim.api.Operation;
import io.essaim.http.Head;
import io.essaim.http.Request;
import io.essaim.http.RequestReader;
import io.essaim.model.RequestFields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.net.URI;
import java.util.List;
import java.util.Set;

/**
 * The upstream request: rebuilt from parsed values, never passed on. The fields are an allow-list, so no hop-by-hop
 * field, credential of the client, Origin or second framing gets through; Host is the backend's own. The body is the
 * client's, byte for byte, except for the edits.
 *
 * @param operation what is asked
 * @param request the client's request
 * @param body the client's whole body, a heap buffer
 * @param fields what the body says
 */
public record BackendRequest(Operation operation, Request request, ByteBuf body, RequestFields fields) {
    private static final Set<String> PASSED = Set.of(
            "accept",
            "content-type",
            "user-agent",
            "anthropic-version",
            "anthropic-beta",
            "openai-beta",
            "traceparent",
            "tracestate",
            "x-request-id");

    /**
     * Writes and flushes the request.
     *
     * @param edits what is to be changed in the body, in its order; mostly nothing
     * @return completes when the last byte is with the kernel
     */
    public ChannelFuture writeTo(Channel channel, URI backend, List<BodyEdit> edits) {
        int length =
                body.readableBytes() + edits.stream().mapToInt(BodyEdit::growth).sum();
        channel.write(head(channel.alloc(), backend, length));
        int at = body.readerIndex();
        for (BodyEdit edit : edits) {
            int from = body.readerIndex() + edit.from();
            channel.write(body.retainedSlice(at, from - at));
            channel.write(Unpooled.wrappedBuffer(edit.bytes()));
            at = body.readerIndex() + edit.to();
        }
        return channel.writeAndFlush(body.retainedSlice(at, body.writerIndex() - at));
    }

    private ByteBuf head(ByteBufAllocator alloc, URI backend, int length) {
        StringBuilder out = new StringBuilder(512);
        out.append("POST ").append(String.valueOf(backend.getRawPath())).append(operation.path());
        if (request.query() != null) {
            out.append('?').append(request.query());
        }
        out.append(" HTTP/1.1\r\nhost: ").append(backend.getRawAuthority()).append("\r\n");
        Head head = request.head();
        boolean typed = false;
        for (int i = 0; i < head.size(); i++) {
            String field = head.name(i);
            if (PASSED.contains(field) && !(typed && field.equals("content-type"))) {
                typed |= field.equals("content-type");
                out.append(field).append(": ").append(head.value(i)).append("\r\n");
            }
        }
        out.append("via: 1.1 ").append(RequestReader.PSEUDONYM).append("\r\n");
        out.append("content-length: ").append(length).append("\r\n\r\n");
        ByteBuf buffer = alloc.ioBuffer(out.length());
        ByteBufUtil.writeAscii(buffer, out);
        return buffer;
    }
}
