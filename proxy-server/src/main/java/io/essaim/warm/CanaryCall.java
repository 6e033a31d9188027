package io.essaim.warm;

import io.essaim.api.ErrorAnswers;
import io.essaim.api.Failure;
import io.essaim.api.Failure.Outcome;
import io.essaim.api.Json;
import io.essaim.api.Operation;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Lease;
import io.essaim.http.Response;
import io.essaim.selection.Canary;
import io.essaim.stream.NdjsonTap;
import io.essaim.upstream.BackendCall;
import io.essaim.upstream.BodyEdits;
import io.essaim.upstream.CallRequest;
import io.essaim.upstream.Loop;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A {@link Canary} under way: what its answer teaches goes to its lease. Confined to its event loop. */
final class CanaryCall implements BackendCall.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(CanaryCall.class);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int LONGEST_ERROR = 4096;

    /** With the words before it about as long as {@link Canary#PROMPT_TOKENS}. */
    private static final String QUESTION =
            " is the number of this small exercise, which nobody is going to read. Please count"
                    + " upwards from one in words, with a comma between the words, without a line break, a title or a remark, and go on"
                    + " counting until somebody stops you.";

    private final Loop loop;
    private final Canary canary;
    private final Lease lease;
    private final NdjsonTap end = new NdjsonTap();
    private final StringBuilder error = new StringBuilder();

    CanaryCall(Loop loop, Canary canary) {
        this.loop = loop;
        this.canary = canary;
        this.lease = canary.lease();
    }

    void start() {
        // Another beginning each time: a prompt that is in the host's cache would not show how fast it reads.
        StringBuilder body = new StringBuilder("{\"model\":");
        Json.quote(BodyEdits.spelling(canary.candidate()), body);
        body.append(",\"prompt\":");
        Json.quote(Long.toUnsignedString(loop.now()) + QUESTION, body);
        body.append(",\"options\":{\"num_predict\":").append(Canary.ANSWER_TOKENS);
        if (canary.context() != null) {
            body.append(",\"num_ctx\":").append(canary.context());
        }
        byte[] bytes = body.append("}}").toString().getBytes(StandardCharsets.UTF_8);
        CallRequest order = CallRequest.json("POST " + Operation.GENERATE.path(), bytes, PATIENCE);
        new BackendCall(loop, lease.backend(), order, this).start();
    }

    @Override
    public void fault(Throwable cause) {
        lease.end(Outcome.NEUTRAL);
        InternalFault.log("asking " + lease.backend().name() + " a canary", cause);
    }

    @Override
    public void head(Response response) {
        if (response.status() < 300) {
            lease.firstToken(true);
        }
    }

    @Override
    public void payload(int status, ByteBuf piece) {
        if (status < 300) {
            end.look(piece, piece.readerIndex(), piece.readableBytes());
            lease.progress(end.frames());
        } else if (error.length() < LONGEST_ERROR) {
            error.append(piece.toString(StandardCharsets.UTF_8));
        }
    }

    @Override
    public void over(int status, @Nullable Failure failure) {
        String host = lease.backend().name();
        String model = canary.candidate().model().shortest();
        if (failure == null && status < 300 && end.complete() && !end.saidError()) {
            lease.answered(end.timings());
            lease.end(Outcome.OK);
            LOG.debug("{}: {} answered a canary", host, model);
            return;
        }
        Failure why = failure != null ? failure : refused(status);
        LOG.info("{}: {} did not answer a canary: {}", host, model, why == null ? "status " + status : why.message());
        if (why == null) {
            lease.end(Outcome.NEUTRAL); // It says no to this, such as a model that only embeds.
        } else {
            lease.failed(why, 0);
        }
    }

    private @Nullable Failure refused(int status) {
        return status < 300
                ? new Failure(Failure.Kind.CUT, "the answer has no end")
                : ErrorAnswers.classify(status, error.toString(), false);
    }
}
