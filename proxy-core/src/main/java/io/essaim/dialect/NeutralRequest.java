package io.essaim.dialect;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for, in no dialect. What a dialect says that has no word here and changes the answer is named in
 * {@code beyond}, so that a backend of another dialect can refuse it by name; what only says how a host is to run the
 * model (keep_alive, num_ctx, truncate) is left out.
 *
 * @param model the name as the client wrote it, never empty
 * @param turns the conversation in order, system prompts among them; every call has an id and every result names its
 *     call, since missing ones are made; empty when the client only wants the model loaded
 * @param tools what the model may call
 * @param choice whether it must
 * @param shape how the answer must look, null for free text
 * @param options sampling
 * @param effort how much to think
 * @param delivery how the client wants to be told
 * @param beyond names of fields of the request that the neutral form cannot express
 */
public record NeutralRequest(
        String model,
        ChatMessages turns,
        List<Tool> tools,
        ToolChoice choice,
        @Nullable OutputFormat shape,
        SamplingOptions options,
        Effort effort,
        Delivery delivery,
        List<String> beyond) {

    public NeutralRequest {
        tools = List.copyOf(tools);
        beyond = List.copyOf(beyond);
    }

    /** The same with other options. */
    public NeutralRequest with(SamplingOptions other) {
        return new NeutralRequest(model, turns, tools, choice, shape, other, effort, delivery, beyond);
    }

    /** The same without its turns, which hold on to the client's body. */
    public NeutralRequest withoutTurns() {
        return new NeutralRequest(model, ChatMessages.NOTHING, tools, choice, shape, options, effort, delivery, beyond);
    }

    /** How the client wants the answer. */
    public enum Delivery {
        /** One document. */
        WHOLE,
        /** Frames, without a frame of usage. */
        STREAM,
        /** Frames, and the usage where the dialect asks for it. */
        STREAM_WITH_USAGE;

        static Delivery of(boolean stream, boolean usage) {
            return stream ? usage ? STREAM_WITH_USAGE : STREAM : WHOLE;
        }
    }

    /** How much the model is to think before it answers. */
    public enum Effort {
        /** Not said: the model's own way. */
        UNSET,
        OFF,
        /** On, at the model's own level. */
        ON,
        LOW,
        MEDIUM,
        HIGH;

        boolean wanted() {
            return this != UNSET && this != OFF;
        }
    }

    public boolean streams() {
        return delivery != Delivery.WHOLE;
    }

    /** Whether nothing is asked but that the model be loaded (or unloaded), as Ollama's clients do. */
    public boolean asksNothing() {
        return turns.isEmpty();
    }
}
