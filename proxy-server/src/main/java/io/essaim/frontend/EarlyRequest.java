package io.essaim.frontend;

import io.essaim.api.Failure;
import io.essaim.client.ActiveRequest;
import io.essaim.client.ClientStream;
import io.essaim.fault.InternalFault;
import io.essaim.http.Answer;
import io.essaim.http.RouteId;
import io.essaim.upstream.Loop;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request that came before the first probes of the hosts ended. It is dispatched once they have. Confined to its
 * event loop.
 */
final class EarlyRequest implements ActiveRequest {
    private static final int LOOK_MILLIS = 2;

    private final ClientStream client;
    private final Loop loop;
    private final FrontendServices services;
    private final AdmissionControl.Admit admit;
    private final RouteId id = RouteId.next();
    private @Nullable ByteBuf body;
    private @Nullable ActiveRequest then;

    /** @param body the whole body; taken over */
    EarlyRequest(
            ClientStream client, Loop loop, FrontendServices services, AdmissionControl.Admit admit, ByteBuf body) {
        this.services = services;
        this.client = client;
        this.loop = loop;
        this.admit = admit;
        this.body = body;
    }

    @Override
    public void start() {
        ByteBuf whole = body;
        if (whole == null) {
            return; // The client left meanwhile.
        }
        if (!services.hostsLookedAt(loop.now())) {
            loop.eventLoop()
                    .schedule(() -> InternalFault.guard(client, this::start), LOOK_MILLIS, TimeUnit.MILLISECONDS);
            return;
        }
        body = null;
        then = RequestDispatcher.receive(client, loop, services, admit, whole);
        if (then != null) {
            then.start();
        }
    }

    @Override
    public void writabilityChanged(boolean writable) {
        if (then != null) {
            then.writabilityChanged(writable);
        }
    }

    @Override
    public void cancel() {
        release();
        if (then != null) {
            then.cancel();
        }
    }

    @Override
    public RouteId id() {
        return then == null ? id : then.id();
    }

    @Override
    public void stop(Failure why) {
        if (then != null) {
            then.stop(why);
        } else {
            release();
            client.answer(Answer.error(admit.operation().surface(), why.status(), why.message(), id.toString())
                    .traced(id));
        }
    }

    private void release() {
        if (body != null) {
            body.release();
            body = null;
        }
    }
}
