package io.essaim.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the manual shows can be used as it stands, and its reference leaves no key out. */
class ConfigureDocTest {
    private static final Path DOCS = Path.of("..", "docs");
    private static final Pattern EXAMPLE = Pattern.compile("```json(?: rules)?\n(.*?)```", Pattern.DOTALL);
    private static final String REQUIRED = """
            {
              "backends": { "a": { "url": "http://a:11434" } },
              "routes": [{ "models": ["*"], "tiers": [["a"]] }],
            """;

    private static String manual = "";

    @BeforeAll
    static void readManual() throws Exception {
        manual = Files.readString(DOCS.resolve("configure.md"));
    }

    @Test
    void examplesLoad() {
        List<String> examples = examples();

        assertThat(examples).hasSizeGreaterThan(5);
        assertThat(examples)
                .allSatisfy(example -> assertThatCode(() -> load(example)).doesNotThrowAnyException());
    }

    @Test
    void theExampleOfCloudsLoads_andIsAsTheTextSays() throws Exception {
        String text = EXAMPLE.matcher(Files.readString(DOCS.resolve("how-to").resolve("clouds.md")))
                .results()
                .map(match -> match.group(1))
                .reduce((a, b) -> a + b)
                .orElseThrow();
        Rules rules = RulesLoader.load("clouds.md", text.getBytes(StandardCharsets.UTF_8));
        assertThat(rules.backends().get("gemini").capabilities()).isEqualTo("gemini-openai");
        assertThat(rules.backends().get("claude").capabilities()).isEqualTo("anthropic");
        assertThat(rules.backends().get("attic").capabilities()).isEqualTo("vllm");
        assertThat(rules.backends().get("dev2").capabilities()).isEqualTo("ollama");
        assertThat(rules.agent("drh").cloud()).hasSize(3);
        assertThat(rules.agent("main").cloud()).isEmpty();
    }

    @Test
    void shownBoundsAreTheDefaults() throws Exception {
        for (String example : examples()) {
            Rules rules = load(example);
            assertThat(rules.timeouts()).isEqualTo(Timeouts.DEFAULTS);
            assertThat(rules.limits()).isEqualTo(Limits.DEFAULTS);
            assertThat(rules.queue()).isEqualTo(QueueRule.DEFAULTS);
        }
    }

    @Test
    void theReferenceNamesEveryKeyOfTheSchema() throws Exception {
        String reference = Files.readString(DOCS.resolve("reference").resolve("rules.md"));
        byte[] schema = Files.readAllBytes(DOCS.resolve("routing-rules.schema.json"));
        Set<String> keys = new TreeSet<>();
        collectKeys(NodeReader.read(schema, new Problems("schema")), keys);

        assertThat(keys).contains("url", "firstToken", "attempts");
        assertThat(keys).allSatisfy(key -> assertThat(reference).contains("| `" + key + "` |"));
    }

    @Test
    void linksToTheReferenceLeadToAHeading() throws Exception {
        List<String> anchors = Files.readString(DOCS.resolve("reference").resolve("rules.md"))
                .lines()
                .filter(line -> line.startsWith("## "))
                .map(line -> line.substring(3).replaceAll("[^A-Za-z0-9 _-]", ""))
                .map(line -> line.toLowerCase(Locale.ROOT).replace(' ', '-'))
                .toList();
        assertThat(anchors).doesNotHaveDuplicates();
        List<String> linked = Pattern.compile("reference/rules\\.md#([^)]*)\\)")
                .matcher(manual)
                .results()
                .map(match -> match.group(1))
                .toList();
        assertThat(linked).isNotEmpty().isSubsetOf(anchors);
    }

    private static void collectKeys(Node node, Set<String> keys) {
        if (node instanceof Node.Fields fields) {
            for (Node.Member member : fields.members()) {
                if (member.key().equals("properties") && member.value() instanceof Node.Fields properties) {
                    properties.members().forEach(property -> keys.add(property.key()));
                }
                collectKeys(member.value(), keys);
            }
        }
    }

    private static List<String> examples() {
        return EXAMPLE.matcher(manual)
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();
    }

    /** An example about other keys is completed with those that every file needs. */
    private static Rules load(String example) throws InvalidRules {
        String json = example.contains("\"backends\"") ? example : REQUIRED + example.substring(1);
        return RulesLoader.load("configure.md", json.getBytes(StandardCharsets.UTF_8));
    }
}
