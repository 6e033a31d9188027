package io.essaim.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same bytes give the same events, however they are cut. */
class SplitTest {
    @ParameterizedTest
    @CsvSource({
        "OLLAMA, true, ollama-chat-stream.ndjson",
        "OLLAMA, true, ollama-chat-tools.ndjson",
        "OLLAMA, true, ollama-chat-logprobs.ndjson",
        "OLLAMA, true, ollama-chat-html.ndjson",
        "OLLAMA, true, ollama-chat-error.ndjson",
        "OLLAMA, false, ollama-chat-tools-whole.json",
        "OPENAI, true, openai-stream-usage.sse",
        "OPENAI, true, openai-parallel.sse",
        "OPENAI, true, openai-html.sse",
        "OPENAI, true, gemini-openai-tools.sse",
        "OPENAI, true, mistral-thinking.sse",
        "OPENAI, true, vllm-error.sse",
        "OPENAI, false, openai-logprobs-whole.json",
        "ANTHROPIC, true, anthropic-cloud.sse",
        "ANTHROPIC, true, anthropic-thinking.sse",
        "ANTHROPIC, false, anthropic-tools-whole.json",
        "GEMINI, true, gemini-stream.sse",
    })
    void everyCutGivesTheSameEvents(BackendDialect dialect, boolean stream, String sample) {
        byte[] answer = Sample.bytes(sample);
        List<StreamEvent> whole = Sample.read(dialect, stream, answer);
        assertThat(whole).hasSizeGreaterThan(2);
        for (int cut = 0; cut <= answer.length; cut++) {
            List<StreamEvent> events = new ArrayList<>();
            AnswerReader reader = dialect.reader(stream, Sample.random());
            reader.accept(answer, 0, cut, events::add);
            reader.accept(answer, cut, answer.length - cut, events::add);
            reader.end(events::add);
            assertThat(events).as("cut at %d", cut).isEqualTo(whole);
        }
        List<StreamEvent> single = new ArrayList<>();
        AnswerReader reader = dialect.reader(stream, Sample.random());
        ByteBuffer direct = ByteBuffer.allocateDirect(1);
        for (byte b : answer) {
            direct.clear().put(b).flip();
            reader.accept(direct, single::add);
        }
        reader.end(single::add);
        assertThat(single).isEqualTo(whole);
    }
}
