package io.essaim.config;

import io.essaim.config.Node.Member;
import io.essaim.model.ModelName;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Reads {@code aliases}. */
final class AliasReader {
    private static final String HINT = "like \"fast\": \"llama3.2:1b\"";

    private AliasReader() {}

    static Map<ModelName, ModelName> read(Optional<Spot> spot) {
        Map<ModelName, ModelName> aliases = new LinkedHashMap<>();
        Map<ModelName, Spot> targets = new LinkedHashMap<>();
        if (spot.isPresent()) {
            for (Member member : spot.get().members()) {
                Spot value = new Spot(
                        Spot.child(spot.get().path(), member.key()),
                        member.value(),
                        spot.get().problems());
                Optional<ModelName> alias = ModelName.parse(member.key());
                if (alias.isEmpty()) {
                    value.problems().add(member.at(), value.path(), "the alias is not a model name", HINT);
                }
                Optional<String> text = value.text();
                Optional<ModelName> target = text.flatMap(ModelName::parse);
                if (text.isPresent() && target.isEmpty()) {
                    value.refuse("not a model name", HINT);
                }
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
