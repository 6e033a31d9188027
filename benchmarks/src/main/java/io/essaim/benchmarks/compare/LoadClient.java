package io.essaim.benchmarks.compare;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The process that asks and counts: one event loop. It takes orders on its standard input, one line each, and ends with it. */
final class LoadClient {

    private static final long PATIENCE_MILLIS = 20_000;

    private final EventLoop loop;
    private @Nullable StreamLoad load;

    private LoadClient(EventLoop loop) {
        this.loop = loop;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        // Standard output is the line to the comparison; this factory writes to standard error.
        InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
        var group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        LoadClient client = new LoadClient(group.next());
        var orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            System.out.println(client.obey(Message.parse(line)).encode());
        }
        System.exit(0);
    }

    private Message obey(Message order) throws InterruptedException {
        try {
            return switch (order.verb()) {
                case "latency" -> latency(order);
                case "streams" -> streams(order);
                case "mark" -> mark();
                case "drain" -> drain(order);
                default -> Message.failed("unknown order " + order.verb());
            };
        } catch (ExecutionException e) {
            return Message.failed(String.valueOf(e.getCause()));
        } catch (TimeoutException e) {
            return Message.failed(order.verb() + " took too long");
        }
    }

    private Message latency(Message order) throws InterruptedException, ExecutionException, TimeoutException {
        Dialer dialer = new Dialer(loop, order.count("port"));
        LatencyLoad latencies = new LatencyLoad(dialer, order.count("connections"), order.number("pauseMicros"));
        long millis = order.number("millis");
        onLoop(() -> {
            latencies.open(millis);
            return true;
        });
        return latencies.report().get(millis + PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private Message streams(Message order) throws InterruptedException, ExecutionException, TimeoutException {
        Dialer dialer = new Dialer(loop, order.count("port"));
        StreamLoad fresh = new StreamLoad(dialer, order.count("streams"), order.count("tokens"));
        load = fresh;
        long ramp = order.number("rampMillis");
        onLoop(() -> {
            fresh.open(ramp);
            return true;
        });
        fresh.started().get(ramp + PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        return new Message("ok", Map.of());
    }

    private Message mark() throws InterruptedException, ExecutionException {
        StreamLoad current = load;
        if (current == null) {
            return Message.failed("no streams to mark");
        }
        return new Message("ok", Map.of("lines", Long.toString(onLoop(current::lines))));
    }

    private Message drain(Message order) throws InterruptedException, ExecutionException {
        StreamLoad current = load;
        if (current == null) {
            return Message.failed("no streams to drain");
        }
        load = null;
        try {
            current.ended().get(order.number("millis"), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // The report names those that are not over.
        }
        return onLoop(current::report);
    }

    private <T> T onLoop(Callable<T> task) throws InterruptedException, ExecutionException {
        return loop.submit(task).get();
    }
}
