package io.essaim.upstream;

import io.essaim.api.Json;
import io.essaim.model.BodyScan;
import io.essaim.model.ByteSpan;
import io.essaim.model.RequestFields;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change of a body on its way to a backend: some bytes are replaced. The rest is not touched.
 *
 * @param from offset of the first byte that goes
 * @param to offset behind the last one; {@code from} when nothing goes
 * @param bytes what comes there
 */
public record BodyEdit(int from, int to, byte[] bytes) {
    /** By how much the body grows. */
    int growth() {
        return bytes.length - (to - from);
    }

    /**
     * What is to be changed in a body, in any order; the model comes before what is added behind it.
     *
     * @param name the model to name; null to leave the client's
     * @param context the context to ask for; null to leave what the client asks for
     */
    static List<BodyEdit> of(RequestFields fields, @Nullable String name, @Nullable Integer context) {
        List<BodyEdit> edits = new ArrayList<>(2);
        if (name != null) {
            edits.add(member(fields, fields.modelAt(), "model", BodyScan.nameValue(name)));
        }
        if (context != null && !context.equals(fields.numCtx())) {
            edits.add(context(fields, context));
        }
        return edits;
    }

    /** These changes in the order of the body. */
    public static List<BodyEdit> ordered(List<BodyEdit> edits) {
        edits.sort(Comparator.comparingInt(BodyEdit::from));
        return edits;
    }

    /**
     * A member of the body's object gets another value, or comes in.
     *
     * @param at where its value stands; null when it is not there
     */
    static BodyEdit member(RequestFields fields, @Nullable ByteSpan at, String key, byte[] value) {
        if (at != null) {
            return new BodyEdit(at.from(), at.to(), value);
        }
        // A body that says nothing gets its model first, and everything else behind that.
        String comma = fields.empty() && key.equals("model") ? "" : ",";
        byte[] before = (comma + Json.quote(key) + ":").getBytes(StandardCharsets.US_ASCII);
        byte[] both = Arrays.copyOf(before, before.length + value.length);
        System.arraycopy(value, 0, both, before.length, value.length);
        return new BodyEdit(fields.end(), fields.end(), both);
    }

    private static BodyEdit context(RequestFields fields, int tokens) {
        RequestFields.Options options = fields.options();
        if (options == null) {
            return at(fields.end(), fields.end(), ",\"options\":{\"num_ctx\":" + tokens + "}");
        }
        if (options.numCtxAt() != null) {
            return at(options.numCtxAt().from(), options.numCtxAt().to(), Integer.toString(tokens));
        }
        if (!options.object()) {
            return at(options.at().from(), options.at().to(), "{\"num_ctx\":" + tokens + "}");
        }
        int inside = options.at().from() + 1;
        return at(inside, inside, Json.quote("num_ctx") + ":" + tokens + (options.empty() ? "" : ","));
    }

    private static BodyEdit at(int from, int to, String text) {
        return new BodyEdit(from, to, text.getBytes(StandardCharsets.US_ASCII));
    }
}
