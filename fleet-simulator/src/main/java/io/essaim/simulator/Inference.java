package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import io.essaim.simulator.json.GoJsonException;
import org.jspecify.annotations.Nullable;

/** The routes that run a model: reads the request in its dialect, checks it in Ollama's order, starts the run. */
final class Inference {
    private final Host host;
    private final Embeddings embeddings;

    Inference(Host host) {
        this.host = host;
        this.embeddings = new Embeddings(host);
    }

    void serve(Route route, Exchange exchange, byte[] body) {
        host.stats().inFlight++;
        exchange.onOver(() -> host.stats().inFlight--);
        try {
            switch (route) {
                case CHAT -> chat(exchange, body);
                case GENERATE -> generate(exchange, body);
                case V1_CHAT -> openAiChat(exchange, body);
                case V1_COMPLETIONS -> openAiCompletion(exchange, body);
                case V1_RESPONSES -> responses(exchange, body);
                case V1_MESSAGES -> messages(exchange, body);
                default -> embeddings.serve(route, exchange, body);
            }
        } catch (GoJsonException e) {
            Envelope envelope = Envelope.of(exchange.path(), host.profile().dialect());
            if (envelope == Envelope.NATIVE) {
                exchange.refuse(new Refusal(400, e.text().equals("EOF") ? "missing request body" : e.text()));
            } else {
                envelope.early(exchange, host.ids(), e.text());
            }
        }
    }

    private void chat(Exchange exchange, byte[] body) throws GoJsonException {
        Ask ask = NativeAsks.chat(body);
        run(exchange, ask, new NativeAnswer(exchange, ask));
    }

    private void generate(Exchange exchange, byte[] body) throws GoJsonException {
        NativeAsks.Generate read = NativeAsks.generate(body);
        if (read.debugRender() && host.library().folded(ModelName.parse(read.ask().model)) != null) {
            exchange.json(
                    200,
                    GoJson.object(
                            "model",
                            read.ask().model,
                            "created_at",
                            Host.utc(java.time.Instant.now()),
                            "response",
                            "",
                            "done",
                            false,
                            "_debug_info",
                            GoJson.object("rendered_template", Prompt.text(read.ask()))));
            return;
        }
        run(exchange, read.ask(), new NativeAnswer(exchange, read.ask()), read.refusal());
    }

    private void openAiChat(Exchange exchange, byte[] body) throws GoJsonException {
        OpenAiAsks.Read read = OpenAiAsks.chat(body);
        run(
                exchange,
                read.ask(),
                new OpenAiAnswer(exchange, read.ask(), read.includeUsage(), host.ids(), OpenAiAnswer.Form.CHAT));
    }

    private void openAiCompletion(Exchange exchange, byte[] body) throws GoJsonException {
        OpenAiAsks.Read read = OpenAiAsks.completion(body);
        run(
                exchange,
                read.ask(),
                new OpenAiAnswer(exchange, read.ask(), read.includeUsage(), host.ids(), OpenAiAnswer.Form.TEXT));
    }

    private void responses(Exchange exchange, byte[] body) throws GoJsonException {
        ResponsesAsks.Read read = ResponsesAsks.read(body);
        streamHeaders(exchange, read.ask());
        run(exchange, read.ask(), new ResponsesAnswer(exchange, read, host.ids()));
    }

    private void messages(Exchange exchange, byte[] body) throws GoJsonException {
        Ask ask = MessagesAsks.read(body);
        StoredModel model = host.library().exact(ModelName.parse(ask.model));
        if (model != null && ask.think == Ask.Think.ON && !model.spec().can(Capability.THINKING)) {
            // Unlike the native route, this one does not refuse.
            ask.think = Ask.Think.UNSET;
        }
        streamHeaders(exchange, ask);
        run(exchange, ask, new MessagesAnswer(exchange, ask, host.ids()));
    }

    private static void streamHeaders(Exchange exchange, Ask ask) {
        if (ask.stream) {
            exchange.header("Cache-Control", "no-cache");
            exchange.header("Connection", "keep-alive");
        }
    }

    private void run(Exchange exchange, Ask ask, AnswerSink sink) {
        run(exchange, ask, sink, null);
    }

    private void run(Exchange exchange, Ask ask, AnswerSink sink, @Nullable Refusal refusal) {
        new ModelRun(host, exchange, ask, sink).start(refusal);
    }
}
