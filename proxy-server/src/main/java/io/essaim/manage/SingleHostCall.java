package io.essaim.manage;

import io.essaim.api.Failure;
import io.essaim.api.Surface;
import io.essaim.client.ActiveRequest;
import io.essaim.client.ClientStream;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Backend;
import io.essaim.http.Answer;
import io.essaim.http.RouteId;
import io.essaim.upstream.BackendCall;
import io.essaim.upstream.CallRequest;
import io.essaim.upstream.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A small request to one host, whose answer is handed on unchanged. Confined to the client's event loop. */
final class SingleHostCall implements ActiveRequest, BackendCall.Listener {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int LONGEST = 256 * 1024;

    private final ClientStream client;
    private final RouteId id;
    private final Backend host;
    private final BackendCall call;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private boolean over;

    /** @param question method and path */
    SingleHostCall(ClientStream client, Loop loop, RouteId id, Backend host, String question) {
        this.client = client;
        this.id = id;
        this.host = host;
        this.call = new BackendCall(loop, host, CallRequest.json(question, new byte[0], PATIENCE), this);
    }

    @Override
    public void start() {
        call.start();
    }

    @Override
    public void payload(int status, ByteBuf piece) {
        if (body.size() < LONGEST) {
            body.writeBytes(ByteBufUtil.getBytes(piece));
        }
    }

    @Override
    public void over(int status, @Nullable Failure failure) {
        if (!over) {
            over = true;
            Answer answer = failure == null
                    ? new Answer(status, Answer.JSON, body.toByteArray(), List.of(), false)
                    : Answer.error(Surface.NATIVE, 502, host.name() + ": " + failure.message(), "");
            client.answer(answer.with("X-Essaim-Backend: " + host.name()).traced(id));
        }
    }

    @Override
    public void writabilityChanged(boolean writable) {}

    @Override
    public void cancel() {
        over = true;
        call.cancel();
    }

    @Override
    public RouteId id() {
        return id;
    }

    @Override
    public void stop(Failure why) {
        if (!over) {
            cancel();
            client.answer(Answer.error(Surface.NATIVE, why.status(), why.message(), "")
                    .traced(id));
        }
    }

    @Override
    public void fault(Throwable cause) {
        if (over) {
            InternalFault.log("after the end of request " + id, cause);
        } else {
            client.fault(cause);
        }
    }
}
