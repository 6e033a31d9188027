package io.essaim.benchmarks.dialect;

import io.essaim.dialect.AnswerClock;
import io.essaim.dialect.AnswerContext;
import io.essaim.dialect.AnswerReader;
import io.essaim.dialect.AnswerWriter;
import io.essaim.dialect.BackendDialect;
import io.essaim.dialect.ByteBuilder;
import io.essaim.dialect.ClientDialect;
import io.essaim.dialect.InvalidRequest;
import io.essaim.dialect.NeutralRequest;
import io.essaim.dialect.StreamEvent;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to turn one chunk of OpenAI's stream into a client's frame. Goal: 3 µs and 1 KB for a line of Ollama's. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(1)
@State(Scope.Thread)
public class TranslateBenchmark {
    @Param({"OLLAMA_CHAT", "OPENAI_CHAT", "ANTHROPIC"})
    public ClientDialect client = ClientDialect.OLLAMA_CHAT;

    private final byte[] chunk =
            ("data: {\"id\":\"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWx\",\"object\":\"chat.completion.chunk\","
                            + "\"created\":1795410068,\"model\":\"gpt-5-mini\",\"service_tier\":\"default\",\"system_fingerprint\":"
                            + "\"fp_0123456789\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" translation\"},"
                            + "\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n")
                    .getBytes(StandardCharsets.UTF_8);
    private final AnswerReader reader =
            BackendDialect.OPENAI.reader(true, () -> ThreadLocalRandom.current().nextLong());
    private final ByteBuilder out = new ByteBuilder();
    private @Nullable Consumer<StreamEvent> writing;

    @Setup
    public void openAnswer() throws InvalidRequest {
        NeutralRequest asked = ClientDialect.OLLAMA_CHAT.read(
                "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
                        .getBytes(StandardCharsets.UTF_8));
        AnswerClock watch = new AnswerClock(
                () -> System.currentTimeMillis() * 1_000_000 + 123_456, System::nanoTime, System.nanoTime());
        AnswerWriter writer = client.writer(new AnswerContext(
                asked, watch, () -> ThreadLocalRandom.current().nextLong()));
        writing = event -> writer.write(event, out);
    }

    @Benchmark
    public int chunkToFrame() {
        out.clear();
        reader.accept(chunk, 0, chunk.length, Objects.requireNonNull(writing));
        return out.length();
    }
}
