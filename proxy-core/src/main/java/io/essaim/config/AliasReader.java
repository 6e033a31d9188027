package io.essaim.config;

import io.essaim.config.Node.Member;
import io.essaim.model.ModelName;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Reads {@code aliases}. */
final class AliasReader {
    private static final String HINT = "like \"fast\": \"llama3.2:1b\"";

    private static final ValueType<ModelName> MODEL = RouteReader.modelName(HINT);
    static final RulesKey<Spot> ALIASES = RulesKey.of(
                    "aliases",
                    ValueType.named("object: model names by alias", RouteReader.MODEL_NAME, MODEL.schema(), false))
            .means("Other names for models: what a client may write, and the model that it gets.");

    private AliasReader() {}

    static Map<ModelName, ModelName> read(Optional<Spot> spot) {
        Map<ModelName, ModelName> aliases = new LinkedHashMap<>();
        Map<ModelName, Spot> targets = new LinkedHashMap<>();
        if (spot.isPresent()) {
            for (Member member : spot.get().members()) {
                Spot value = spot.get().child(member);
                Optional<ModelName> alias = ModelName.parse(member.key());
                if (alias.isEmpty()) {
                    value.problems().add(member.at(), value.path(), "the alias is not a model name", HINT);
                }
                Optional<ModelName> target = MODEL.read(value);
                if (alias.isPresent() && target.isPresent()) {
                    if (aliases.put(alias.get(), target.get()) != null) {
                        value.refuse("the same alias as another one", "case does not count, and no tag is \":latest\"");
                    }
                    targets.put(alias.get(), value);
                }
            }
        }
        targets.forEach((alias, value) -> {
            if (aliases.containsKey(aliases.get(alias))) {
                value.refuse("this is an alias itself", "name the model that is meant");
            }
        });
        return aliases;
    }
}
