package io.essaim.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirectoryTest {
    private static final Path HOME = Path.of("/home/u");
    private static final Path RULES = Path.of("/etc/essaim/rules.json");
    private static final Path NOWHERE = Path.of("/no/such/directory");

    @TempDir
    Path shared;

    private static Path choose(Map<String, String> environment, String system, Path shared) {
        return new StateDirectory(environment, system, HOME, shared).choose(null, RULES);
    }

    @Test
    void theRulesGoBeforeAll() {
        StateDirectory directory = new StateDirectory(Map.of("STATE_DIRECTORY", "/x"), "Linux", HOME, shared);
        assertThat(directory.choose("/srv/state", RULES)).isEqualTo(Path.of("/srv/state"));
        assertThat(directory.choose("state", RULES)).isEqualTo(Path.of("/etc/essaim/state"));
    }

    @Test
    void aServiceHasItsOwn() {
        Map<String, String> environment = Map.of("STATE_DIRECTORY", "/var/lib/e:/var/lib/f", "XDG_STATE_HOME", "/xdg");
        assertThat(choose(environment, "Linux", shared)).isEqualTo(Path.of("/var/lib/e"));
    }

    @Test
    void whatWasInstalledForAllGoesBeforeTheUsers() throws Exception {
        assertThat(choose(Map.of("XDG_STATE_HOME", "/xdg"), "Linux", shared)).isEqualTo(shared);
        Path file = Files.writeString(shared.resolve("file"), "");
        assertThat(choose(Map.of("XDG_STATE_HOME", "/xdg"), "Linux", file)).isEqualTo(Path.of("/xdg/essaim"));
    }

    @Test
    void aUserHasItWhereHisSystemKeepsSuchFiles() {
        assertThat(choose(Map.of("XDG_STATE_HOME", "/xdg"), "Linux", NOWHERE)).isEqualTo(Path.of("/xdg/essaim"));
        assertThat(choose(Map.of("XDG_STATE_HOME", "xdg"), "Linux", NOWHERE))
                .isEqualTo(HOME.resolve(".local/state/essaim"));
        assertThat(choose(Map.of(), "Mac OS X", NOWHERE)).isEqualTo(HOME.resolve("Library/Application Support/essaim"));
        assertThat(choose(Map.of("LOCALAPPDATA", "/local"), "Windows 11", NOWHERE))
                .isEqualTo(Path.of("/local/essaim"));
    }
}
