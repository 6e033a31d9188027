package io.essaim.cloud;

import io.essaim.api.Failure;
import io.essaim.client.ClientRequest;
import io.essaim.client.ClientResponse;
import io.essaim.client.ExchangeRecord;
import io.essaim.config.CloudEntry;
import io.essaim.selection.Choice;
import io.essaim.upstream.Loop;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Hands a request to the agent's clouds, at most once: before its hosts or after them. Confined to its event loop. */
public final class CloudFallback {
    private final Loop loop;
    private final Clouds clouds;
    private final ClientRequest ask;
    private final ClientResponse reply;
    private final ExchangeRecord.Builder log;
    private @Nullable CloudExchange turn;
    private boolean asked;
    private int attempts;
    private Choice.@Nullable Refused spent;

    public CloudFallback(
            Loop loop, Clouds clouds, ClientRequest ask, ClientResponse reply, ExchangeRecord.Builder log) {
        this.loop = loop;
        this.clouds = clouds;
        this.ask = ask;
        this.reply = reply;
        this.log = log;
    }

    /**
     * No host can answer.
     *
     * @param soFar backends that were asked so far
     * @param which clouds of the agent's come into question
     * @param otherwise goes on when no cloud can answer either; with a refusal when that is because of the agent's budget
     */
    public void last(
            CloudExchange.Body body,
            int soFar,
            Predicate<CloudEntry> which,
            Consumer<Choice.@Nullable Refused> otherwise) {
        attempts = soFar;
        if (asked) {
            otherwise.accept(spent);
            return;
        }
        CloudExchange.Takeover takeover = new CloudExchange.Takeover(ask, body, attempts, reply, log, which, false);
        turn = CloudExchange.begin(loop, clouds, takeover, otherwise);
    }

    /**
     * Hosts could answer, but not as well as the agent wants.
     *
     * @param soFar backends that were asked so far
     * @param hosts goes on when no cloud can answer
     */
    public void first(CloudExchange.Body body, int soFar, Runnable hosts) {
        log.passedOver("hosts", "none is expected to be as good as the agent's gate wants");
        attempts = soFar;
        asked = true;
        CloudExchange.Takeover takeover =
                new CloudExchange.Takeover(ask, body, attempts, reply, log, entry -> true, true);
        turn = CloudExchange.begin(loop, clouds, takeover, why -> {
            spent = why;
            attempts = attempts();
            turn = null;
            hosts.run();
        });
    }

    /** Backends that were asked, hosts included. */
    public int attempts() {
        return turn == null ? attempts : turn.attempts();
    }

    /** Whether it is their turn. */
    public boolean busy() {
        return turn != null;
    }

    /** The client reads again, or stopped reading. */
    public void pause(boolean stop) {
        if (turn != null) {
            turn.pause(stop);
        }
    }

    /** The client is gone. */
    public void cancel() {
        if (turn != null) {
            turn.cancel();
        }
    }

    /** Breaks off with a reason of ours. */
    public void stop(Failure why) {
        if (turn != null) {
            turn.stop(why);
        }
    }
}
