package io.essaim.warm;

import io.essaim.api.ErrorAnswers;
import io.essaim.api.Failure;
import io.essaim.api.Failure.Outcome;
import io.essaim.config.Timeouts;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Lease;
import io.essaim.http.Response;
import io.essaim.selection.FirstByteDeadline;
import io.essaim.selection.ReadAhead;
import io.essaim.stream.AnswerTap;
import io.essaim.upstream.BackendCall;
import io.essaim.upstream.CallRequest;
import io.essaim.upstream.Loop;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reading ahead at one host: the host is sent a client's request, and the call ends as soon as the host begins to
 * answer. Confined to its event loop.
 */
final class ReadAheadCall implements BackendCall.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(ReadAheadCall.class);
    private static final int LONGEST_ERROR = 4096;

    private final ReadAhead.Reading<ReadAheadRequest> reading;
    private final Lease lease;
    private final Loop loop;
    private final Timeouts timeouts;
    private @Nullable BackendCall call;
    private final StringBuilder error = new StringBuilder();
    private AnswerTap end = new AnswerTap.Whole();

    ReadAheadCall(Loop loop, ReadAhead.Reading<ReadAheadRequest> reading, Timeouts timeouts) {
        this.timeouts = timeouts;
        this.loop = loop;
        this.reading = reading;
        this.lease = reading.lease();
    }

    void start() {
        ReadAheadRequest request = reading.request();
        long patience = FirstByteDeadline.firstByte(lease, request.body().length, true, timeouts);
        CallRequest order = request.order(reading.candidate(), Duration.ofNanos(patience));
        BackendCall fresh = new BackendCall(loop, lease.backend(), order, this);
        call = fresh;
        if (LOG.isInfoEnabled()) {
            LOG.info(
                    "{}: reads for {} what a cloud was asked, about {} s",
                    lease.backend().name(),
                    reading.candidate().model().shortest(),
                    Math.round(lease.prediction().ttftSeconds()));
        }
        fresh.start();
    }

    @Override
    public void fault(Throwable cause) {
        lease.end(Outcome.NEUTRAL);
        if (call != null) {
            call.cancel();
        }
        InternalFault.log("reading ahead at " + lease.backend().name(), cause);
    }

    @Override
    public void head(Response response) {
        end = AnswerTap.of(reading.request().operation(), response.mediaType());
    }

    @Override
    public void payload(int status, ByteBuf piece) {
        if (status >= 300) {
            if (error.length() < LONGEST_ERROR) {
                error.append(piece.toString(StandardCharsets.UTF_8));
            }
            return;
        }
        end.look(piece, piece.readerIndex(), piece.readableBytes());
        if (end.opening() == AnswerTap.Opening.GOOD) {
            Objects.requireNonNull(call).cancel(); // It keeps what it has read, and need not write what nobody wants.
            lease.firstToken(true);
            reading.prompt().read(lease);
            lease.end(Outcome.OK);
        }
    }

    @Override
    public void over(int status, @Nullable Failure failure) {
        Failure why = failure != null ? failure : refused(status);
        LOG.info(
                "{}: did not read ahead for {}: {}",
                lease.backend().name(),
                reading.candidate().model().shortest(),
                why == null ? "status " + status : why.message());
        if (why == null) {
            lease.end(Outcome.NEUTRAL);
        } else {
            lease.failed(why, 0);
        }
    }

    private @Nullable Failure refused(int status) {
        return status < 300
                ? new Failure(Failure.Kind.CUT, "the answer did not begin well")
                : ErrorAnswers.classify(status, error.toString(), false);
    }
}
