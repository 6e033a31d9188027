package io.essaim.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.dialect.NeutralRequest.Delivery;
import io.essaim.dialect.NeutralRequest.Effort;
import io.essaim.dialect.SamplingOptions.Setting;
import io.essaim.dialect.StreamEvent.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

/** What all dialects can say survives every way through two of them. */
class RoundTripTest {
    private static final long SEED = 20261123;
    private static final int ROUNDS = 300;

    /** A dialect that is spoken on both sides. */
    private enum Both {
        OLLAMA(ClientDialect.OLLAMA_CHAT, BackendDialect.OLLAMA, "ollama"),
        OPENAI(ClientDialect.OPENAI_CHAT, BackendDialect.OPENAI, "compatible"),
        ANTHROPIC(ClientDialect.ANTHROPIC, BackendDialect.ANTHROPIC, "anthropic");

        private final ClientDialect client;
        private final BackendDialect backend;
        private final String capabilities;

        Both(ClientDialect client, BackendDialect backend, String capabilities) {
            this.client = client;
            this.backend = backend;
            this.capabilities = capabilities;
        }

        List<StreamEvent> pass(Delivery delivery, List<StreamEvent> events) {
            String answer = Sample.write(client, delivery, events);
            return Sample.read(backend, delivery != Delivery.WHOLE, Sample.utf8(answer));
        }

        NeutralRequest pass(NeutralRequest asked) throws Exception {
            Capabilities can = Capabilities.named(capabilities).orElseThrow();
            return plain(client.read(backend.write(asked, asked.model(), can)));
        }
    }

    @Test
    void answersSurvive() {
        Random random = new Random(SEED);
        for (int i = 0; i < ROUNDS; i++) {
            List<StreamEvent> events = answer(random);
            for (Both one : Both.values()) {
                for (Both other : Both.values()) {
                    Delivery way = random.nextBoolean() ? Delivery.WHOLE : Delivery.STREAM_WITH_USAGE;
                    assertThat(plain(other.pass(way, one.pass(Delivery.STREAM_WITH_USAGE, events))))
                            .as("seed %d, answer %d, %s then %s %s", SEED, i, one, other, way)
                            .isEqualTo(plain(events));
                }
            }
        }
    }

    @Test
    void requestsSurvive() throws Exception {
        Random random = new Random(SEED);
        for (int i = 0; i < ROUNDS; i++) {
            NeutralRequest asked = plain(request(random));
            for (Both one : Both.values()) {
                for (Both other : Both.values()) {
                    assertThat(other.pass(one.pass(asked)))
                            .as("seed %d, request %d, %s then %s", SEED, i, one, other)
                            .isEqualTo(asked);
                }
            }
        }
    }

    private static List<StreamEvent> answer(Random random) {
        List<StreamEvent> events = new ArrayList<>(List.of(new StreamEvent.Begin()));
        for (int n = random.nextInt(3); n > 0; n--) {
            events.add(new StreamEvent.Thoughts(text(random), null));
        }
        for (int n = random.nextInt(4); n > 0; n--) {
            events.add(new StreamEvent.Words(text(random), null));
        }
        int calls = random.nextInt(3);
        for (int c = 0; c < calls; c++) {
            events.add(new StreamEvent.CallBegin(c, "call_" + random.nextInt(1000) + "_" + c, "f" + c, null));
            String arguments = arguments(random);
            int cut = arguments.offsetByCodePoints(0, random.nextInt(arguments.codePointCount(0, arguments.length())));
            events.add(new StreamEvent.CallArguments(c, arguments.substring(0, cut)));
            events.add(new StreamEvent.CallArguments(c, arguments.substring(cut)));
            events.add(new StreamEvent.CallEnd(c));
        }
        events.add(new StreamEvent.Usage(1 + random.nextInt(1000), 1 + random.nextInt(1000)));
        events.add(
                new StreamEvent.Finish(calls > 0 ? Reason.CALLS : random.nextBoolean() ? Reason.STOP : Reason.LENGTH));
        return events;
    }

    private static NeutralRequest request(Random random) {
        List<ChatMessage> turns = new ArrayList<>();
        if (random.nextBoolean()) {
            turns.add(ChatMessage.words(ChatMessage.Role.SYSTEM, text(random)));
        }
        for (int n = random.nextInt(4); n >= 0; n--) {
            List<ChatMessage.Part> parts = new ArrayList<>(List.of(new ChatMessage.Words(text(random))));
            if (random.nextInt(3) == 0) {
                parts.add(new ChatMessage.Picture("image/png", "iVBORw0KGgo="));
            }
            turns.add(new ChatMessage(ChatMessage.Role.USER, parts));
            if (random.nextBoolean()) {
                turns.add(ChatMessage.words(ChatMessage.Role.ASSISTANT, text(random)));
            } else {
                List<ChatMessage.Part> calls = new ArrayList<>();
                for (int c = random.nextInt(2); c >= 0; c--) {
                    calls.add(new ChatMessage.Call("id" + n + "_" + c, "f" + c, arguments(random), null));
                }
                turns.add(new ChatMessage(ChatMessage.Role.ASSISTANT, calls));
                for (ChatMessage.Part call : calls) {
                    turns.add(new ChatMessage(
                            ChatMessage.Role.TOOL,
                            List.of(new ChatMessage.Result(((ChatMessage.Call) call).id(), "", text(random), false))));
                }
            }
        }
        SamplingOptions.Draft options = new SamplingOptions.Draft().limit(1.0 + random.nextInt(4000));
        options.set(Setting.TEMPERATURE, random.nextInt(11) / 10.0);
        options.stop(random.nextBoolean() ? List.of(text(random)) : List.of());
        RawJson schema = RawJson.of("{\"type\":\"object\"}");
        List<Tool> tools = random.nextBoolean() ? List.of(new Tool("f0", text(random), schema)) : List.of();
        Delivery delivery = random.nextBoolean() ? Delivery.WHOLE : Delivery.STREAM_WITH_USAGE;
        return new NeutralRequest(
                "m",
                ChatMessages.of(turns),
                tools,
                ToolChoice.AUTO,
                null,
                options.done(),
                Effort.UNSET,
                delivery,
                List.of());
    }

    private static String text(Random random) {
        String letters = "ab \n\"\\<>&\u0085\u2028é漢\ud83d\ude00";
        StringBuilder text = new StringBuilder("x");
        for (int n = random.nextInt(8); n > 0; n--) {
            int at = letters.offsetByCodePoints(0, random.nextInt(letters.codePointCount(0, letters.length())));
            text.appendCodePoint(letters.codePointAt(at));
        }
        return text.toString();
    }

    private static String arguments(Random random) {
        var object = JsonNodeFactory.instance.objectNode();
        for (int n = random.nextInt(3); n > 0; n--) {
            object.put("k" + n + text(random), random.nextBoolean() ? text(random) : "");
            object.putArray("l" + n).add(random.nextInt()).add(0.5).addNull().addObject();
        }
        return object.toString();
    }

    /** Pieces joined, so that only what was said is compared, not how it was cut or escaped. */
    private static List<StreamEvent> plain(List<StreamEvent> events) {
        List<StreamEvent> joined = new ArrayList<>();
        for (StreamEvent event : events) {
            StreamEvent last = joined.isEmpty() ? event : joined.get(joined.size() - 1);
            if (event instanceof StreamEvent.Words now && last instanceof StreamEvent.Words before && event != last) {
                joined.set(joined.size() - 1, new StreamEvent.Words(before.text() + now.text(), null));
            } else if (event instanceof StreamEvent.Thoughts now && last instanceof StreamEvent.Thoughts before) {
                joined.set(joined.size() - 1, new StreamEvent.Thoughts(before.text() + now.text(), null));
            } else if (event instanceof StreamEvent.CallArguments now
                    && last instanceof StreamEvent.CallArguments before) {
                joined.set(joined.size() - 1, new StreamEvent.CallArguments(now.index(), before.piece() + now.piece()));
            } else {
                joined.add(event);
            }
        }
        List<StreamEvent> ends =
                joined.stream().filter(StreamEvent.CallEnd.class::isInstance).toList();
        joined.removeAll(ends);
        joined.replaceAll(event -> event instanceof StreamEvent.CallArguments a
                ? new StreamEvent.CallArguments(a.index(), json(a.piece()))
                : event);
        joined.addAll(ends);
        return joined;
    }

    private static NeutralRequest plain(NeutralRequest asked) {
        List<ChatMessage> turns = new ArrayList<>();
        for (ChatMessage turn : asked.turns()) {
            if (turn.role() == ChatMessage.Role.TOOL) {
                turn.parts().forEach(part -> turns.add(new ChatMessage(ChatMessage.Role.TOOL, List.of(part))));
            } else {
                List<ChatMessage.Part> parts = new ArrayList<>(turn.parts());
                parts.replaceAll(part -> part instanceof ChatMessage.Call call
                        ? new ChatMessage.Call(call.id(), call.name(), json(call.arguments()), null)
                        : part);
                turns.add(new ChatMessage(turn.role(), parts));
            }
        }
        Delivery delivery = asked.streams() ? Delivery.STREAM_WITH_USAGE : Delivery.WHOLE;
        return new NeutralRequest(
                asked.model(),
                ChatMessages.of(turns),
                asked.tools(),
                asked.choice(),
                asked.shape(),
                asked.options(),
                asked.effort(),
                delivery,
                asked.beyond());
    }

    private static String json(String text) {
        return GoJsonObject.MAPPER.readTree(text).toString();
    }
}
