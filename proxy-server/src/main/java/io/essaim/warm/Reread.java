package io.essaim.warm;

import io.essaim.api.Operation;
import io.essaim.choose.Candidate;
import io.essaim.upstream.Asking;
import io.essaim.upstream.CallOrder;
import io.essaim.upstream.Edit;
import java.io.ByteArrayOutputStream;
import java.time.Duration;

/**
 * A client's request as a host may read it once more, in nobody's name.
 *
 * @param operation one that streams
 * @param asking what is changed in it for a host
 * @param body as the client sent it
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Reread(Operation operation, Asking asking, byte[] body) {

    /** The call to this host, whose prompt is the same as that of the client's own request. */
    CallOrder order(Candidate candidate, Duration patience) {
        ByteArrayOutputStream changed = new ByteArrayOutputStream(body.length + 128);
        int at = 0;
        for (Edit edit : asking.edits(candidate)) {
            changed.write(body, at, edit.from() - at);
            changed.writeBytes(edit.bytes());
            at = edit.to();
        }
        changed.write(body, at, body.length - at);
        return CallOrder.json("POST " + operation.path(), changed.toByteArray(), patience);
    }

    /** Says nothing of the body. */
    @Override
    public String toString() {
        return operation.path();
    }
}
