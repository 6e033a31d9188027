package io.essaim.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.essaim.cli.Main;
import io.essaim.config.RulesLoader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Links of all pages lead somewhere, and examples of rules and of command lines can be used as they stand. */
class ManualTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern BLOCK =
            Pattern.compile("^( *)```(\\w*)(?: (\\w+))?\\n(.*?)^ *```$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern COMMAND = Pattern.compile(
            "(?:^|[;&|]) *(?:sudo )?(?:\\./|/opt/essaim/)?essaim +((?:[^\\s#&|;]+ *)+)", Pattern.MULTILINE);
    private static final Pattern CODE_SPAN = Pattern.compile("`([^`\\n]+)`");
    /** What a page writes where any command may stand. */
    private static final String ANY_COMMAND = "COMMAND";

    private static final String REQUIRED = """
            {
              "backends": { "a": { "url": "http://a:11434" } },
              "routes": [{ "models": ["*"], "tiers": [["a"]] }],
            """;

    private static List<Path> pages = List.of();

    /** Pages of the project: not those of libraries that tests install, nor what a build leaves. */
    @BeforeAll
    static void findPages() throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path start : List.of(ROOT, ROOT.resolve("docs"), ROOT.resolve("deploy"))) {
            try (Stream<Path> files = start.equals(ROOT) ? Files.list(start) : Files.walk(start)) {
                files.filter(file -> file.toString().endsWith(".md")).forEach(found::add);
            }
        }
        pages = found.stream().sorted().toList();
        assertThat(pages).hasSizeGreaterThan(50);
    }

    @Test
    void everyRelativeLink_leadsToAFileAndAHeading() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path page : pages) {
            String prose = withoutCode(Files.readString(page));
            for (MatchResult link : LINK.matcher(prose).results().toList()) {
                String target = link.group(1);
                if (!target.contains("://") && !target.startsWith("mailto:") && !leads(page, target)) {
                    broken.add(ROOT.relativize(page) + ": " + target);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void everyPageOfTheManual_isReachedFromItsIndex() throws IOException {
        Path docs = ROOT.resolve("docs");
        Set<Path> reached = new HashSet<>();
        for (Path page : List.of(docs.resolve("README.md"), ROOT.resolve("README.md"))) {
            for (MatchResult link :
                    LINK.matcher(withoutCode(Files.readString(page))).results().toList()) {
                reached.add(file(page, link.group(1)));
            }
        }
        reached.add(docs.resolve("README.md"));
        assertThat(pages.stream().filter(page -> page.startsWith(docs) && !page.startsWith(docs.resolve("decisions"))))
                .isNotEmpty()
                .allSatisfy(page -> assertThat(reached).contains(page));
    }

    @Test
    void everyExampleOfRules_isReadWithoutAnError() throws IOException {
        List<String> examples = new ArrayList<>();
        for (Path page : pages) {
            BLOCK.matcher(Files.readString(page))
                    .results()
                    .filter(block -> "rules".equals(block.group(3)))
                    .forEach(block -> examples.add(block.group(4).strip()));
        }
        assertThat(examples).hasSizeGreaterThan(8).allSatisfy(example -> {
            String json = example.contains("\"backends\"") ? example : REQUIRED + example.substring(1);
            assertThatCode(() -> RulesLoader.load("example", json.getBytes(StandardCharsets.UTF_8)))
                    .as(example)
                    .doesNotThrowAnyException();
        });
    }

    @Test
    void everyCommandLine_namesACommandAndOptionsThatExist() throws IOException {
        CommandLine essaim = new CommandLine(Main.class);
        List<String> wrong = new ArrayList<>();
        int seen = 0;
        for (Path page : pages) {
            for (String command : commands(Files.readString(page))) {
                seen++;
                String fault = fault(essaim, command);
                if (!fault.isEmpty()) {
                    wrong.add(ROOT.relativize(page) + ": essaim " + command + ": " + fault);
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(seen).isGreaterThan(60);
    }

    /** The reference is complete: a section for each command that is shown in the help, with each of its options. */
    @Test
    void theReference_namesEveryCommandAndOption() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/reference/command-line.md"));
        Set<String> missing = new TreeSet<>();
        for (CommandLine command : leaves(new CommandLine(Main.class))) {
            String name = command.getCommandSpec().qualifiedName();
            int start = page.indexOf("## " + name + "\n");
            if (start < 0) {
                missing.add(name);
                continue;
            }
            int end = page.indexOf("\n## ", start);
            String section = page.substring(start, end < 0 ? page.length() : end);
            for (OptionSpec option : command.getCommandSpec().options()) {
                if (!option.usageHelp() && !option.versionHelp() && !section.contains(option.longestName())) {
                    missing.add(name + " " + option.longestName());
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void everyDecision_isDatedAndFitsOnAScreen() throws IOException {
        Path decisions = ROOT.resolve("docs/decisions");
        List<Path> all =
                pages.stream().filter(page -> page.startsWith(decisions)).toList();
        assertThat(all).isNotEmpty().allSatisfy(page -> {
            String text = Files.readString(page);
            assertThat(text.lines().count()).isLessThanOrEqualTo(45);
            assertThat(text)
                    .containsPattern("\\A# \\d+\\. .+\\n\\n(?:Decided )?2\\d{3}-\\d\\d-\\d\\d\\.?\\n")
                    .contains("**Context.**", "**Choice.**", "**Consequence.**");
        });
    }

    /** A promise without its test is a claim. */
    @Test
    void everyTestThatAPromiseNames_exists() throws IOException {
        List<MatchResult> named = Pattern.compile("`([A-Z]\\w+Test)(?:\\.(\\w+))?`")
                .matcher(Files.readString(ROOT.resolve("docs/security.md")))
                .results()
                .toList();
        List<Path> sources = new ArrayList<>();
        for (String module : List.of("proxy-core", "proxy-server", "benchmarks")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
                files.filter(Files::isRegularFile).forEach(sources::add);
            }
        }
        assertThat(named).hasSizeGreaterThan(30).allSatisfy(test -> {
            Path source = sources.stream()
                    .filter(file -> file.endsWith(test.group(1) + ".java"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no test " + test.group(1)));
            if (test.group(2) != null) {
                assertThat(Files.readString(source)).contains("void " + test.group(2) + "(");
            }
        });
    }

    private static boolean leads(Path page, String target) throws IOException {
        Path file = file(page, target);
        int hash = target.indexOf('#');
        if (!Files.exists(file)) {
            return false;
        }
        return hash < 0 || !file.toString().endsWith(".md") || anchors(file).contains(target.substring(hash + 1));
    }

    private static Path file(Path page, String target) {
        int hash = target.indexOf('#');
        String path = hash < 0 ? target : target.substring(0, hash);
        return path.isEmpty() ? page : page.resolveSibling(path).normalize();
    }

    /** Anchors as GitHub makes them of headings. */
    private static Set<String> anchors(Path page) throws IOException {
        Set<String> anchors = new HashSet<>();
        withoutBlocks(Files.readString(page))
                .lines()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("^#+ ", "").replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1"))
                .map(line -> line.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", ""))
                .map(line -> line.replace(' ', '-'))
                .forEach(anchors::add);
        return anchors;
    }

    private static String withoutBlocks(String text) {
        return BLOCK.matcher(text).replaceAll("");
    }

    private static String withoutCode(String text) {
        return CODE_SPAN.matcher(withoutBlocks(text)).replaceAll("code");
    }

    /** What follows {@code essaim} in shell blocks and in code spans that begin with it. */
    private static List<String> commands(String text) {
        List<String> shells = new ArrayList<>();
        BLOCK.matcher(text)
                .results()
                .filter(block -> block.group(2).equals("sh"))
                .forEach(block -> shells.add(block.group(4)));
        CODE_SPAN
                .matcher(withoutBlocks(text))
                .results()
                .map(span -> span.group(1))
                .filter(span -> span.startsWith("essaim ") || span.startsWith("./essaim "))
                .forEach(shells::add);
        return shells.stream()
                .flatMap(shell -> shell.lines())
                .flatMap(line -> COMMAND.matcher(line)
                        .results()
                        .map(match -> match.group(1).strip()))
                .toList();
    }

    /** What is wrong with the words behind {@code essaim}; empty if nothing is. Values are not judged. */
    private static String fault(CommandLine essaim, String words) {
        CommandLine command = essaim;
        for (String word : Arrays.asList(words.replaceAll("[\\[\\]]", "").split(" +"))) {
            if (word.equals(ANY_COMMAND)) {
                return "";
            }
            if (word.startsWith("-")) {
                String name = word.replaceFirst("=.*", "");
                if (command.getCommandSpec().findOption(name) == null) {
                    return "no option " + name;
                }
            } else if (!command.getSubcommands().isEmpty()) {
                CommandLine sub = command.getSubcommands().get(word);
                if (sub == null) {
                    return "no command " + word;
                }
                command = sub;
            }
        }
        return "";
    }

    private static List<CommandLine> leaves(CommandLine command) {
        if (command.getSubcommands().isEmpty()) {
            return command.getCommandSpec().usageMessage().hidden() ? List.of() : List.of(command);
        }
        return command.getSubcommands().values().stream()
                .flatMap(sub -> leaves(sub).stream())
                .toList();
    }
}
