package io.essaim.benchmarks.dialect;

import io.essaim.dialect.BackendDialect;
import io.essaim.dialect.Capabilities;
import io.essaim.dialect.ClientDialect;
import io.essaim.dialect.InvalidRequest;
import io.essaim.dialect.Untranslatable;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
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

/** What it costs to turn an Ollama client's chat, of messages of 300 bytes, into a request of OpenAI's. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(1)
@State(Scope.Thread)
public class TranslateRequestBenchmark {
    @Param({"1024", "1048576", "29000000"})
    public int bytes = 1024;

    private final Capabilities can = Capabilities.named("openai").orElseThrow();
    private byte[] body = {};

    @Setup
    public void makeBody() {
        String message = "{\"role\":\"user\",\"content\":\"" + "word ".repeat(54) + "\"}";
        StringBuilder json = new StringBuilder("{\"model\":\"llama3.2\",\"messages\":[").append(message);
        while (json.length() + message.length() < bytes) {
            json.append(',').append(message);
        }
        body = json.append("]}").toString().getBytes(StandardCharsets.UTF_8);
    }

    @Benchmark
    public byte[] chatToRequest() throws InvalidRequest, Untranslatable {
        return BackendDialect.OPENAI.write(ClientDialect.OLLAMA_CHAT.read(body), "m", can);
    }
}
