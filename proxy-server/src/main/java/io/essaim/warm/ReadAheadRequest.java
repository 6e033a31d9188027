package io.essaim.warm;

import io.essaim.api.Operation;
import io.essaim.selection.Candidate;
import io.essaim.upstream.BodyEdit;
import io.essaim.upstream.BodyEdits;
import io.essaim.upstream.CallRequest;
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
public record ReadAheadRequest(Operation operation, BodyEdits asking, byte[] body) {

    /** The call to this host, whose prompt is the same as that of the client's own request. */
    CallRequest order(Candidate candidate, Duration patience) {
        ByteArrayOutputStream changed = new ByteArrayOutputStream(body.length + 128);
        int at = 0;
        for (BodyEdit edit : asking.edits(candidate)) {
            changed.write(body, at, edit.from() - at);
            changed.writeBytes(edit.bytes());
            at = edit.to();
        }
        changed.write(body, at, body.length - at);
        return CallRequest.json("POST " + operation.path(), changed.toByteArray(), patience);
    }

    /** Says nothing of the body. */
    @Override
    public String toString() {
        return operation.path();
    }
}
