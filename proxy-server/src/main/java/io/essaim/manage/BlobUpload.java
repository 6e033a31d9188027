package io.essaim.manage;

import io.essaim.api.ErrorAnswers;
import io.essaim.api.Failure;
import io.essaim.api.Surface;
import io.essaim.client.ActiveRequest;
import io.essaim.client.ClientStream;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Backend;
import io.essaim.http.Answer;
import io.essaim.http.BodySink;
import io.essaim.http.RouteId;
import io.essaim.upstream.BackendCall;
import io.essaim.upstream.CallRequest;
import io.essaim.upstream.Loop;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file on its way from one client to the hosts that will make a model of it. It flows piece by piece, as fast as the
 * slowest host takes it, and nothing of it is kept. A host that has the file already answers at once; when no host
 * needs the rest, the client is answered before its upload ends, as by an Ollama. Confined to the client's event loop.
 */
final class BlobUpload implements ActiveRequest, BodySink {
    /** Hashing is done on the way, so silence is short; writing to a memory card is not. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final int LONGEST_ERROR = 4096;

    private final ClientStream client;
    private final RouteId id;
    private final List<Leg> legs = new ArrayList<>();
    private final BroadcastResult tally;
    private int waiting;
    private boolean created;
    private boolean over;

    BlobUpload(ClientStream client, Loop loop, RouteId id, List<Backend> hosts, String path) {
        this.client = client;
        this.id = id;
        this.tally = new BroadcastResult(hosts.size());
        this.waiting = hosts.size();
        hosts.forEach(host -> legs.add(new Leg(loop, host, path)));
    }

    @Override
    public void start() {
        List.copyOf(legs).forEach(leg -> leg.call.start());
    }

    @Override
    public void piece(ByteBuf piece) {
        legs.forEach(leg -> leg.call.piece(piece.retainedDuplicate()));
        piece.release();
        if (!writable()) {
            client.bodyTo(null);
        }
    }

    private boolean writable() {
        return legs.stream().allMatch(leg -> leg.call.writable());
    }

    @Override
    public void bodyOver() {
        legs.forEach(leg -> leg.call.bodyOver());
    }

    private void oneLess() {
        waiting--;
        if (waiting == 0 && !over) {
            client.bodyTo(this);
        }
    }

    private void resume() {
        if (waiting == 0 && !over && writable()) {
            client.bodyTo(this);
        }
    }

    private void answerWhenAllHave() {
        if (tally.complete() && !over) {
            over = true;
            Answer answer = tally.good()
                    ? new Answer(created ? 201 : 200, "", new byte[0], List.of(), false)
                    : Answer.error(Surface.NATIVE, tally.worst(), tally.text("stored"), "");
            client.answer(answer.traced(id));
        }
    }

    @Override
    public void writabilityChanged(boolean writable) {}

    @Override
    public void cancel() {
        over = true;
        legs.forEach(leg -> leg.call.cancel());
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

    /** One host's part. */
    private final class Leg implements BackendCall.Listener {
        private final Backend host;
        private final BackendCall call;
        private final StringBuilder text = new StringBuilder();
        private boolean ready;

        Leg(Loop loop, Backend host, String path) {
            this.host = host;
            this.call = new BackendCall(
                    loop,
                    host,
                    CallRequest.upload("POST " + path, client.request().length(), PATIENCE),
                    this);
        }

        @Override
        public void fault(Throwable cause) {
            if (over) {
                InternalFault.log("after the end of request " + id, cause);
            } else {
                client.fault(cause);
            }
        }

        @Override
        public void ready() {
            ready = true;
            oneLess();
        }

        @Override
        public void drained() {
            resume();
        }

        @Override
        public void payload(int status, ByteBuf piece) {
            if (text.length() < LONGEST_ERROR) {
                text.append(piece.toString(StandardCharsets.UTF_8));
            }
        }

        @Override
        public void over(int status, @Nullable Failure failure) {
            if (failure == null && (status == 200 || status == 201)) {
                created |= status == 201;
                tally.did(host.name());
            } else {
                tally.didNot(
                        host.name(),
                        failure == null ? ErrorAnswers.sentence(text.toString()) : failure.message(),
                        status);
            }
            answerWhenAllHave();
            if (!ready) {
                oneLess();
            } else {
                resume(); // It may have been this host that the others waited for.
            }
        }
    }
}
