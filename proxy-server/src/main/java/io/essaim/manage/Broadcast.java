package io.essaim.manage;

import io.essaim.api.ErrorAnswers;
import io.essaim.api.Failure;
import io.essaim.api.Surface;
import io.essaim.client.ActiveRequest;
import io.essaim.client.ClientStream;
import io.essaim.fault.Guarded;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Inventory;
import io.essaim.http.Answer;
import io.essaim.http.RouteId;
import io.essaim.upstream.BackendCall;
import io.essaim.upstream.CallRequest;
import io.essaim.upstream.Loop;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One order to several hosts at once. It is answered when all have answered: empty and 200 when all obeyed, else one
 * error that names who did and who did not. It goes on when the client leaves. Confined to its event loop.
 */
final class Broadcast implements ActiveRequest, Guarded {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int LONGEST_ERROR = 4096;

    /** What one host is told. */
    record Order(Backend backend, String body) {}

    private final ClientStream client;
    private final Loop loop;
    private final RouteId id;
    private final String call;
    private final List<Order> orders;
    private final Predicate<Inventory> shown;
    private final BroadcastResult tally;
    private boolean gone;

    /**
     * @param call method and path
     * @param shown how the inventory of a host looks once it has done it
     */
    Broadcast(ClientStream client, Loop loop, RouteId id, String call, List<Order> orders, Predicate<Inventory> shown) {
        this.shown = shown;
        this.client = client;
        this.loop = loop;
        this.id = id;
        this.call = call;
        this.orders = orders;
        this.tally = new BroadcastResult(orders.size());
    }

    @Override
    public void start() {
        for (Order order : orders) {
            if (order.backend.health() == Backend.Health.DOWN) {
                heard(order.backend, 0, "it is down: " + order.backend.ailment());
                continue;
            }
            StringBuilder text = new StringBuilder();
            byte[] body = order.body.getBytes(StandardCharsets.UTF_8);
            new BackendCall(loop, order.backend, CallRequest.json(call, body, PATIENCE), new BackendCall.Listener() {
                        @Override
                        public void payload(int status, ByteBuf piece) {
                            if (text.length() < LONGEST_ERROR) {
                                text.append(piece.toString(StandardCharsets.UTF_8));
                            }
                        }

                        @Override
                        public void over(int status, @Nullable Failure failure) {
                            boolean good = failure == null && status == 200;
                            heard(
                                    order.backend,
                                    status,
                                    good
                                            ? null
                                            : failure == null
                                                    ? ErrorAnswers.sentence(text.toString())
                                                    : failure.message());
                        }

                        @Override
                        public void fault(Throwable cause) {
                            Broadcast.this.fault(cause);
                        }
                    })
                    .start();
        }
    }

    private void heard(Backend backend, int status, @Nullable String failure) {
        if (failure == null) {
            InventoryWait.await(
                    loop,
                    backend,
                    shown,
                    () -> {
                        tally.did(backend.name());
                        answerWhenAllHave();
                    },
                    this);
        } else {
            tally.didNot(backend.name(), failure, status);
            answerWhenAllHave();
        }
    }

    private void answerWhenAllHave() {
        if (tally.complete() && !gone) {
            gone = true;
            client.answer(answer().traced(id));
        }
    }

    private Answer answer() {
        return tally.good()
                ? new Answer(200, "", new byte[0], List.of(), false)
                : Answer.error(Surface.NATIVE, tally.worst(), tally.text("done"), "");
    }

    @Override
    public void writabilityChanged(boolean writable) {}

    @Override
    public void cancel() {
        gone = true;
    }

    @Override
    public RouteId id() {
        return id;
    }

    @Override
    public void stop(Failure why) {
        if (!gone) {
            gone = true;
            client.answer(Answer.error(Surface.NATIVE, why.status(), why.message() + "; the hosts go on", "")
                    .traced(id));
        }
    }

    @Override
    public void fault(Throwable cause) {
        if (gone) {
            InternalFault.log("after the end of request " + id, cause);
        } else {
            client.fault(cause);
        }
    }
}
