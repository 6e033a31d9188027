package io.essaim.benchmarks.scenes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One short scene: that the command plays it and tells what clients saw. Its figures are no matter here. */
class ScenesTest {
    @TempDir
    Path directory;

    @Test
    void aSceneIsPlayedAndTold() throws Exception {
        Path json = directory.resolve("scenes.json");
        int status = new CommandLine(new Scenes())
                .execute("--scenes", "killed", "--seconds", "4", "--seed", "3", "--json", json.toString());
        assertThat(status).isZero();
        JsonNode told = new JsonMapper().readTree(Files.readString(json));
        assertThat(told.path("scenes.killed.failedBefore").asInt(-1))
                .as("requests without a token")
                .isZero();
        assertThat(told.path("scenes.killed.ttftP50").asDouble()).isPositive();
        assertThat(told.path("scenes.killed.goodput").asDouble()).isPositive();
    }

    @Test
    void dev2IsWell_whenTheSceneSaysSo() {
        assertThat(Scene.KILLED.well(1, 12)).isTrue();
        assertThat(Scene.KILLED.well(4, 12)).isFalse();
        assertThat(Scene.KILLED.well(10, 12)).isTrue();
        assertThat(Scene.FLAPPING.well(31, 120)).as("down").isFalse();
        assertThat(Scene.FLAPPING.well(34, 120)).as("and up again").isTrue();
        assertThat(Scene.BUSY.well(6, 12)).isTrue();
    }
}
