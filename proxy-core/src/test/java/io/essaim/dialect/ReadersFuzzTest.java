package io.essaim.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever comes, a reader gives a well-formed stream of events or a typed refusal, and the same for every cut. The normal
 * build tries the samples and ruins of them; {@code JAZZER_FUZZ=1} searches for more.
 */
class ReadersFuzzTest {
    private static final List<String> ANSWERS = List.of(
            "ollama-chat-tools.ndjson",
            "ollama-chat-logprobs.ndjson",
            "openai-parallel.sse",
            "mistral-thinking.sse",
            "vllm-error.sse",
            "openai-logprobs-whole.json",
            "anthropic-cloud.sse",
            "anthropic-tools-whole.json",
            "gemini-stream.sse");
    private static final List<String> REQUESTS = List.of(
            "ollama-chat-tools.request.json",
            "openai-tools.request.json",
            "anthropic-tools.request.json",
            "responses-tools.request.json");

    static Stream<byte[]> answers() {
        return ruins(ANSWERS);
    }

    static Stream<byte[]> requests() {
        return ruins(REQUESTS);
    }

    /** Each sample whole, cut off and with one byte changed, at 12 places. */
    private static Stream<byte[]> ruins(List<String> samples) {
        return samples.stream().map(Sample::bytes).flatMap(sample -> {
            List<byte[]> all = new ArrayList<>(List.of(sample));
            for (int i = 0; i < 12; i++) {
                int at = (int) ((long) sample.length * i / 12);
                all.add(java.util.Arrays.copyOf(sample, at));
                byte[] changed = sample.clone();
                changed[at] ^= (byte) (1 << i % 8);
                all.add(changed);
            }
            return all.stream();
        });
    }

    @MethodSource("answers")
    @FuzzTest(maxDuration = "60s")
    void answersOfBackends(byte[] answer) {
        for (BackendDialect dialect : BackendDialect.values()) {
            for (boolean stream : new boolean[] {true, false}) {
                List<StreamEvent> events = Sample.read(dialect, stream, answer);
                assertWellFormed(events);
                List<StreamEvent> pieces = new ArrayList<>();
                AnswerReader reader = dialect.reader(stream, Sample.random());
                for (int i = 0; i < answer.length; i += 3) {
                    reader.accept(answer, i, Math.min(3, answer.length - i), pieces::add);
                }
                reader.end(pieces::add);
                assertThat(pieces).isEqualTo(events);
                for (ClientDialect client : ClientDialect.values()) {
                    assertThat(Sample.write(client, NeutralRequest.Delivery.STREAM_WITH_USAGE, events))
                            .isNotEmpty();
                }
            }
        }
        ProviderError fault = ProviderErrorReader.read(500, answer, null);
        assertThat(fault.status()).isBetween(400, 599);
    }

    @MethodSource("requests")
    @FuzzTest(maxDuration = "60s")
    void requestsOfClients(byte[] request) {
        for (ClientDialect dialect : ClientDialect.values()) {
            NeutralRequest asked;
            try {
                asked = dialect.read(request);
            } catch (InvalidRequest e) {
                assertThat(e.text()).isNotEmpty();
                continue;
            }
            for (String name : Capabilities.names()) {
                for (BackendDialect backend : BackendDialect.values()) {
                    try {
                        byte[] written = backend.write(
                                asked, "m", Capabilities.named(name).orElseThrow());
                        assertThat(GoJsonObject.MAPPER.readTree(written).isObject())
                                .isTrue();
                    } catch (Untranslatable e) {
                        assertThat(e.field()).isNotEmpty();
                    }
                }
            }
        }
    }

    private static void assertWellFormed(List<StreamEvent> events) {
        assertThat(events).isNotEmpty();
        int open = 0;
        for (int i = 0; i < events.size(); i++) {
            StreamEvent event = events.get(i);
            boolean last = event instanceof StreamEvent.Finish || event instanceof StreamEvent.Failed;
            assertThat(last).isEqualTo(i == events.size() - 1);
            assertThat(event instanceof StreamEvent.Begin).isEqualTo(i == 0 && !last);
            open += event instanceof StreamEvent.CallBegin ? 1 : event instanceof StreamEvent.CallEnd ? -1 : 0;
            assertThat(event instanceof StreamEvent.Finish && open != 0).isFalse();
        }
    }
}
