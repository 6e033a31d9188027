package io.essaim.fleet;

import io.essaim.api.Json;
import io.essaim.config.AgentRule;
import io.essaim.config.BackendRule;
import io.essaim.config.CloudEntry;
import io.essaim.config.Rules;
import io.essaim.dialect.Capabilities;
import io.essaim.dialect.Capabilities.Feature;
import io.essaim.model.ModelName;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A cloud's model as an Ollama shows one: a stub of some bytes, which says where the model runs (golden answers of 0.15.2: {@code
 * remote_model} and {@code remote_host}). Clients read such rows strictly, so every field of a local model's row is there; what is
 * not known of the model is empty. Immutable.
 */
public final class CloudModel {
    /**
     * Nobody says when a cloud changed its model. Listings are sorted by this, the newest first, and clients take the first row for
     * their default: that is to be a local model.
     */
    private static final String LONG_AGO = "1970-01-01T00:00:00Z";

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final ModelName name;
    private final CloudEntry entry;
    private final URI url;
    private final Set<Feature> features;
    private final Inventory.Installed installed;

    private CloudModel(ModelName name, CloudEntry entry, BackendRule cloud) {
        this.name = name;
        this.entry = entry;
        this.url = cloud.url();
        this.features = Capabilities.named(cloud.capabilities()).orElseThrow().features();
        this.installed = new Inventory.Installed(name, name.shortest(), row());
    }

    /** The models of an agent's clouds; of clouds with a model of the same name the first. */
    public static Collection<CloudModel> of(AgentRule agent, Rules rules) {
        Map<ModelName, CloudModel> models = new LinkedHashMap<>();
        for (CloudEntry entry : rules.cloudsOf(agent.name())) {
            BackendRule cloud = rules.backends().get(entry.backend());
            Optional<ModelName> name = entry.name();
            if (cloud != null && name.isPresent()) {
                models.putIfAbsent(name.get(), new CloudModel(name.get(), entry, cloud));
            }
        }
        return models.values();
    }

    ModelName name() {
        return name;
    }

    /** Its row of {@code /api/tags}. The same object every time. */
    Inventory.Installed installed() {
        return installed;
    }

    private ObjectNode row() {
        byte[] stub = (host() + '\n' + entry.model()).getBytes(StandardCharsets.UTF_8);
        ObjectNode row = NODES.objectNode();
        row.put("name", name.shortest()).put("model", name.shortest());
        remote(row);
        row.put("modified_at", LONG_AGO);
        row.put("size", stub.length);
        row.put("digest", sha256(stub));
        row.set("details", details());
        return row;
    }

    /**
     * The answer of {@code /api/show}. Its {@code capabilities} are what the cloud can be told; thinking is left out, because
     * clients switch on what they read there, and many a model behind such a cloud refuses it.
     *
     * @param asked the name as the client wrote it
     */
    public String show(String asked) {
        ObjectNode all = NODES.objectNode();
        all.put("modelfile", "# This model runs at " + host() + "\nFROM " + name.shortest() + "\n");
        all.put("parameters", "");
        all.put("template", "{{ .Prompt }}");
        all.set("details", details());
        remote(all);
        all.putObject("model_info")
                .put("general.architecture", family())
                .put("general.basename", asked)
                .put(family() + ".context_length", entry.context());
        ArrayNode capabilities = all.putArray("capabilities").add("completion");
        if (features.contains(Feature.TOOLS)) {
            capabilities.add("tools");
        }
        if (features.contains(Feature.PICTURES)) {
            capabilities.add("vision");
        }
        all.put("modified_at", LONG_AGO);
        StringBuilder text = new StringBuilder(512);
        Json.write(all, text);
        return text.toString();
    }

    private void remote(ObjectNode to) {
        to.put("remote_model", entry.model()).put("remote_host", host());
    }

    private String host() {
        return host(url);
    }

    /** What clients are told of a cloud's address: scheme, host and port, for a path may say more of the account. */
    public static String host(URI url) {
        return url.getScheme() + "://" + url.getRawAuthority();
    }

    private ObjectNode details() {
        ObjectNode details = NODES.objectNode();
        details.put("parent_model", "").put("format", "").put("family", family());
        details.putArray("families").add(family());
        return details.put("parameter_size", "").put("quantization_level", "");
    }

    /** The first word of the model's name, which is how makers name their families; clients want some text here. */
    private String family() {
        String shortest = name.shortest();
        String model = shortest.substring(shortest.lastIndexOf('/') + 1, shortest.lastIndexOf(':'));
        int dash = model.indexOf('-');
        return (dash > 0 ? model.substring(0, dash) : model).toLowerCase(Locale.ROOT);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
