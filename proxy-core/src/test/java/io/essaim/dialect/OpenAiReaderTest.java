package io.essaim.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.dialect.StreamEvent.Begin;
import io.essaim.dialect.StreamEvent.CallArguments;
import io.essaim.dialect.StreamEvent.CallBegin;
import io.essaim.dialect.StreamEvent.CallEnd;
import io.essaim.dialect.StreamEvent.Failed;
import io.essaim.dialect.StreamEvent.Finish;
import io.essaim.dialect.StreamEvent.Reason;
import io.essaim.dialect.StreamEvent.Thoughts;
import io.essaim.dialect.StreamEvent.Usage;
import io.essaim.dialect.StreamEvent.Words;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What OpenAI's chat completions, and the servers that copy them, mean. */
class OpenAiReaderTest {
    @Test
    void parallelCallsInterleave() {
        assertThat(stream(Sample.text("openai-parallel.sse")))
                .containsExactly(
                        new Begin(),
                        new CallBegin(0, "call_a", "f", null),
                        new CallBegin(1, "call_b", "g", null),
                        new CallArguments(1, "{\"x"),
                        new CallArguments(0, "{\"a\":1}"),
                        new CallArguments(1, "\":\"é\"}"),
                        new CallEnd(0),
                        new CallEnd(1),
                        new Usage(9, 8),
                        new Finish(Reason.CALLS));
    }

    @Test
    void geminiGivesNoIndexAndSaysStop() {
        List<StreamEvent> events = stream(Sample.text("gemini-openai-tools.sse"));
        String made = ((CallBegin) events.get(3)).id();
        assertThat(made).matches("call_[a-z0-9]{8}");
        assertThat(events)
                .containsExactly(
                        new Begin(),
                        new CallBegin(0, "call_297140", "get_weather", "c2ln"),
                        new CallArguments(0, "{\"city\":\"Paris\"}"),
                        new CallBegin(1, made, "get_weather", null),
                        new CallArguments(1, "{\"city\":\"Rome\"}"),
                        new CallEnd(0),
                        new CallEnd(1),
                        new Usage(52, 31),
                        new Finish(Reason.CALLS));
    }

    @Test
    void mistralThinksInPartsOfTheContent() {
        assertThat(stream(Sample.text("mistral-thinking.sse")))
                .containsExactly(
                        new Begin(),
                        new Thoughts("Two ", null),
                        new Thoughts("of them.", null),
                        new Words("2", null),
                        new CallBegin(0, "D681PevKs", "add", null),
                        new CallArguments(0, "{\"a\": 1}"),
                        new CallEnd(0),
                        new Usage(12, 28),
                        new Finish(Reason.LENGTH));
    }

    @Test
    void anErrorInTheStreamEndsIt() {
        assertThat(stream(Sample.text("vllm-error.sse")))
                .containsExactly(
                        new Begin(),
                        new Thoughts("Hm", null),
                        new Words("Hi", null),
                        new Failed(
                                new ProviderError(ProviderError.Kind.OVERLOADED, 503, "The server is overloaded", -1)));
    }

    @Test
    void aCleanEndWithoutAReasonIsNoEnd() {
        List<StreamEvent> events = stream("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
        assertThat(((Failed) events.get(2)).fault().kind()).isEqualTo(ProviderError.Kind.INCOMPLETE);
        List<StreamEvent> done = stream("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n");
        assertThat(((Failed) done.get(2)).fault().kind()).isEqualTo(ProviderError.Kind.INCOMPLETE);
    }

    @Test
    void aReasonSufficesWhereDoneIsMissing() {
        assertThat(stream("data:{\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n"))
                .containsExactly(new Begin(), new Words("a", null), new Finish(Reason.STOP));
    }

    @Test
    void filteredIsNotStop() {
        assertThat(
                        stream(
                                "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"content_filter\"}]}\n\ndata: [DONE]\n\n"))
                .containsExactly(new Begin(), new Finish(Reason.FILTERED));
    }

    @Test
    void namesAndIdsThatAreRepeatedBeginNoNewCall() {
        assertThat(stream("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"x\",\"function\":"
                        + "{\"name\":\"f\",\"arguments\":\"{\"}}]}}]}\n\n"
                        + "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"x\",\"function\":"
                        + "{\"name\":\"f\",\"arguments\":\"}\"}}]},\"finish_reason\":\"tool_calls\"}]}\n\n"))
                .contains(new CallArguments(0, "}"), new CallEnd(0))
                .filteredOn(CallBegin.class::isInstance)
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data: {\n\n",
                "data: {} {}\n\n",
                "data: nonsense\n\n",
                "data: [1,2\n\n",
                "data: 5\n\n",
                "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"arguments\":\"{}\"}}]}}]}\n\n",
                "data: {\"choices\":[{\"finish_reason\":\"error\"}]}\n\n",
                "data: \"\\ud800\n\n"
            })
    void whatIsNotTheDialectIsAFault(String answer) {
        List<StreamEvent> events = stream(answer + "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\n");
        assertThat(events.get(events.size() - 1)).isInstanceOf(Failed.class);
        assertThat(((Failed) events.get(events.size() - 1)).fault().kind()).isEqualTo(ProviderError.Kind.MALFORMED);
    }

    @Test
    void aFrameIsBounded() {
        AnswerReader reader = BackendDialect.OPENAI.reader(true, Sample.random());
        List<StreamEvent> events = new java.util.ArrayList<>();
        byte[] filler = new byte[1 << 20];
        java.util.Arrays.fill(filler, (byte) 'x');
        for (int i = 0; i < 20; i++) {
            reader.accept(filler, 0, filler.length, events::add);
        }
        assertThat(events).hasSize(1);
        assertThat(((Failed) events.get(0)).fault().message()).contains("16 MiB");
    }

    private static List<StreamEvent> stream(String answer) {
        return Sample.read(BackendDialect.OPENAI, true, Sample.utf8(answer));
    }
}
