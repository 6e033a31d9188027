package io.essaim.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The lines of one answer, for one thread that waits for them. The HTTP client fills in from threads of its own, a piece when the
 * last line of the one before was taken. The lines are cut here, because the JDK's own cutter can lose the last one when the wish for
 * more meets the end.
 */
final class AnswerLines implements BodyHandler<Void>, Subscriber<List<ByteBuffer>> {
    private static final int LONGEST_LINE = 1 << 20;

    private final BlockingQueue<Item> items = new LinkedBlockingQueue<>();
    private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
    private volatile @Nullable Subscription subscription;
    private volatile int status;

    /** A line, or the end if it is null; broken says that it was no proper one. */
    private record Item(
            @Nullable String line,
            boolean lastOfPiece,
            @Nullable Throwable broken) {}

    /**
     * The next line.
     *
     * @param patience how long to wait for it
     * @return null at the end of the answer
     * @throws IOException when the answer broke off, never came, or nothing came for so long
     * @throws InterruptedException when the thread was interrupted
     */
    @Nullable
    String next(Duration patience) throws IOException, InterruptedException {
        Item item = items.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        if (item == null) {
            throw new IOException("it said nothing for " + patience.toMinutes() + " minutes");
        }
        if (item.broken != null) {
            throw new IOException(HostClient.reason(item.broken), item.broken);
        }
        Subscription more = subscription;
        if (item.lastOfPiece && more != null) {
            more.request(1);
        }
        return item.line;
    }

    /** The status of the answer; 0 before there is one. */
    int status() {
        return status;
    }

    /** No more lines are wanted; the host sees that its client left. */
    void leave() {
        Subscription open = subscription;
        if (open != null) {
            open.cancel();
        }
    }

    @Override
    public BodySubscriber<Void> apply(ResponseInfo info) {
        status = info.statusCode();
        return BodySubscribers.fromSubscriber(this);
    }

    @Override
    public void onSubscribe(Subscription given) {
        subscription = given;
        given.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> piece) {
        List<String> whole = new ArrayList<>();
        for (ByteBuffer bytes : piece) {
            while (bytes.hasRemaining()) {
                byte next = bytes.get();
                if (next == '\n') {
                    whole.add(line());
                } else if (begun.size() < LONGEST_LINE) {
                    begun.write(next);
                }
            }
        }
        for (int i = 0; i < whole.size(); i++) {
            items.add(new Item(whole.get(i), i == whole.size() - 1, null));
        }
        Subscription more = subscription;
        if (whole.isEmpty() && more != null) {
            more.request(1);
        }
    }

    private String line() {
        String line = begun.toString(StandardCharsets.UTF_8);
        begun.reset();
        return line;
    }

    @Override
    public void onError(Throwable broken) {
        items.add(new Item(null, false, broken));
    }

    @Override
    public void onComplete() {
        if (begun.size() > 0) {
            items.add(new Item(line(), false, null));
        }
        items.add(new Item(null, false, null));
    }
}
