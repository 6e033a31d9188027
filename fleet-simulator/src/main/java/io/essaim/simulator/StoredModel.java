package io.essaim.simulator;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model on a host's disk.
 *
 * @param digest of the manifest, bare hexadecimal
 * @param weights digest of the weights file; names that share it share a runner
 * @param template Go template of its prompt
 * @param parentModel name of the model it was made from, or empty
 */
record StoredModel(
        ModelName name,
        ModelSpec spec,
        Instant modifiedAt,
        String digest,
        String weights,
        String template,
        String system,
        String parentModel,
        Map<String, Object> parameters) {
    static final String CHAT_TEMPLATE =
            "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n";
    static final String PLAIN_TEMPLATE = "{{ .Prompt }}";

    static StoredModel of(ModelSpec spec, Instant modifiedAt) {
        ModelName name = ModelName.parse(spec.name());
        String weights = Ids.sha256("weights " + spec.name() + " " + spec.size());
        String digest = Ids.sha256("manifest " + spec.name() + " " + spec.size());
        boolean plain = !spec.can(Capability.TOOLS) && !spec.can(Capability.INSERT) && !spec.can(Capability.THINKING);
        String template = plain ? PLAIN_TEMPLATE : CHAT_TEMPLATE;
        Map<String, Object> parameters = plain ? Map.of() : Map.of("stop", List.of("<|im_start|>", "<|im_end|>"));
        return new StoredModel(name, spec, modifiedAt, digest, weights, template, "", "", parameters);
    }

    StoredModel copiedTo(ModelName other, Instant when) {
        return new StoredModel(other, spec, when, digest, weights, template, system, parentModel, parameters);
    }

    /** The same weights with other settings under another name; null keeps a setting. */
    StoredModel remade(
            ModelName other,
            Instant when,
            @Nullable String newTemplate,
            @Nullable String newSystem,
            Map<String, Object> more) {
        String ownTemplate = newTemplate == null ? template : newTemplate;
        String ownSystem = newSystem == null ? system : newSystem;
        String made = Ids.sha256("manifest " + other.full() + digest + ownTemplate + ownSystem + more);
        return new StoredModel(
                other, spec, when, made, weights, ownTemplate, ownSystem, "", more.isEmpty() ? parameters : more);
    }
}
