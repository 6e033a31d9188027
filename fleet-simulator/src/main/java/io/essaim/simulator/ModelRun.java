package io.essaim.simulator;

import io.essaim.simulator.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What ChatHandler and GenerateHandler of 0.15.2 do between the decoded request and the runner, in their order. */
final class ModelRun {
    private final Host host;
    private final Exchange exchange;
    private final Ask ask;
    private final AnswerSink sink;

    ModelRun(Host host, Exchange exchange, Ask ask, AnswerSink sink) {
        this.host = host;
        this.exchange = exchange;
        this.ask = ask;
        this.sink = sink;
    }

    /** {@code afterLookup}: what the route refuses once the model is known to exist, or null. */
    void start(@Nullable Refusal afterLookup) {
        if (ask.topLogprobs < 0 || ask.topLogprobs > 20) {
            sink.refuse(new Refusal(400, "top_logprobs must be between 0 and 20"));
            return;
        }
        ModelName name = ModelName.parse(ask.model);
        if (ask.chat && !name.isValid()) {
            sink.refuse(new Refusal(400, "model is required"));
            return;
        }
        StoredModel model =
                ask.chat ? host.library().exact(name) : host.library().folded(name);
        if (model == null) {
            sink.refuse(Refusal.notFound(ask.model));
            return;
        }
        if (ask.isEmpty() && ask.keepAlive != null && ask.keepAlive == 0) {
            host.scheduler().expireNow(model);
            sink.idle("unload");
            return;
        }
        Refusal refusal = afterLookup != null ? afterLookup : incapable(model);
        if (refusal != null) {
            sink.refuse(refusal);
            return;
        }
        schedule(model);
    }

    private @Nullable Refusal incapable(StoredModel model) {
        ModelSpec spec = model.spec();
        if (!spec.can(Capability.COMPLETION)) {
            return new Refusal(400, "\"" + ask.model + "\" does not support " + (ask.chat ? "chat" : "generate"));
        }
        boolean wantsThought = ask.think == Ask.Think.ON || ask.think == Ask.Think.LEVEL;
        if (wantsThought && !spec.can(Capability.THINKING)) {
            return new Refusal(400, "\"" + ask.model + "\" does not support thinking");
        }
        if (!ask.tools.isEmpty() && !spec.can(Capability.TOOLS)) {
            return new Refusal(400, model.name().full() + " does not support tools");
        }
        if (!ask.suffix.isEmpty() && !spec.can(Capability.INSERT)) {
            return new Refusal(400, model.name().full() + " does not support insert");
        }
        return null;
    }

    private void schedule(StoredModel model) {
        Options options;
        try {
            options = Options.of(ask, model.spec());
        } catch (Options.BadOption e) {
            sink.refuse(new Refusal(500, String.valueOf(e.getMessage())));
            return;
        }
        int numCtx = options.runner().numCtx();
        int[] whole = Prompt.tokens(ask, numCtx);
        int[] prompt = Prompt.cut(whole, numCtx);
        Refusal late = late(whole.length, numCtx);
        // Levels are gpt-oss's own (server/routes.go).
        Refusal onLoad = ask.think == Ask.Think.LEVEL && !model.spec().family().equals("gptoss")
                ? new Refusal(400, "think value \"" + ask.thinkLevel + "\" is not supported for this model")
                : null;
        long seed = Babble.mix(Babble.hash(prompt)
                ^ host.profile().behaviour().seed()
                ^ (options.seed() == null ? 0 : options.seed()));
        Generation.Work work = new Generation.Work(
                model,
                options,
                ask.keepAlive,
                new Tokens().addAll(prompt),
                Feeds.of(ask, model.spec(), seed, host.profile().behaviour()),
                ask.isEmpty(),
                ask.shift,
                ask.logprobs ? ask.topLogprobs : -1,
                onLoad,
                late);
        Generation generation = new Generation(host, work, sink, new Wounds(exchange.fault()), this::breakOff);
        exchange.onGone(generation::cancel);
        generation.start();
    }

    /** What the runner refuses, after the load. */
    private @Nullable Refusal late(int promptTokens, int numCtx) {
        if (!ask.truncate && promptTokens > numCtx) {
            return new Refusal(400, "the input length exceeds the context length");
        }
        Object format = ask.format;
        boolean known = format == null || format.equals("json") || format instanceof JsonObject;
        if (!known) {
            String written = io.essaim.simulator.json.GoJson.write(format);
            return new Refusal(
                    500, "invalid format: " + quoted(written) + "; expected \"json\" or a valid JSON Schema object");
        }
        return null;
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    private void breakOff() {
        Fault fault = exchange.fault();
        if (fault != null && fault.kind() == Fault.Kind.CUT_WITH_RESET) {
            exchange.reset();
        } else {
            exchange.cut();
        }
    }

    /** The stop words of a request field that may be a string or a list. */
    static List<String> stopWords(@Nullable Object value) {
        if (value instanceof String word) {
            return List.of(word);
        }
        return value instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }
}
