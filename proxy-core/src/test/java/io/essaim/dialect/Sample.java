package io.essaim.dialect;

import io.essaim.dialect.NeutralRequest.Delivery;
import io.essaim.dialect.NeutralRequest.Effort;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Samples of the dialects, and short ways through the package. */
final class Sample {
    private Sample() {}

    static byte[] bytes(String name) {
        try (InputStream in = Sample.class.getResourceAsStream("/dialect/" + name)) {
            if (in == null) {
                throw new IllegalArgumentException("no sample " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(String name) {
        return new String(bytes(name), StandardCharsets.UTF_8);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The same numbers each time, so that made ids are the same. */
    static LongSupplier random() {
        return new Random(7)::nextLong;
    }

    static List<StreamEvent> read(BackendDialect dialect, boolean stream, byte[] answer) {
        List<StreamEvent> events = new ArrayList<>();
        AnswerReader reader = dialect.reader(stream, random());
        reader.accept(answer, 0, answer.length, events::add);
        reader.end(events::add);
        return events;
    }

    static NeutralRequest asked(String model, Delivery delivery) {
        return new NeutralRequest(
                model,
                ChatMessages.of(List.of(ChatMessage.words(ChatMessage.Role.USER, "Hello"))),
                List.of(),
                ToolChoice.AUTO,
                null,
                SamplingOptions.NONE,
                Effort.UNSET,
                delivery,
                List.of());
    }

    /** Clocks that go on by a millisecond with each look. */
    static AnswerContext answering(NeutralRequest asked) {
        AtomicLong time = new AtomicLong();
        AnswerClock watch = new AnswerClock(() -> 1_795_410_879_732_324_308L, () -> time.addAndGet(1_000_000), 0);
        return new AnswerContext(asked, watch, random());
    }

    static String write(ClientDialect dialect, NeutralRequest asked, List<? extends StreamEvent> events) {
        ByteBuilder out = new ByteBuilder();
        AnswerWriter writer = dialect.writer(answering(asked));
        events.forEach(event -> writer.write(event, out));
        return out.toString();
    }

    static String write(ClientDialect dialect, Delivery delivery, List<? extends StreamEvent> events) {
        return write(dialect, asked("llama3.2", delivery), events);
    }

    /** Without what two runs of the same server would write differently. */
    static String steady(String answer) {
        return answer.replaceAll("\"created_at\":\"[^\"]*\"", "\"created_at\":\"T\"")
                .replaceAll(",\"[a-z_]*duration\":\\d+", "")
                .replaceAll("\"context\":\\[[\\d,]*]", "\"context\":[]")
                .replaceAll("\"(created|created_at|completed_at)\":\\d+", "\"$1\":0")
                .replaceAll("\"(chatcmpl-|resp_|msg_|rs_|fc_)[0-9a-z_]+\"", "\"$1N\"");
    }
}
