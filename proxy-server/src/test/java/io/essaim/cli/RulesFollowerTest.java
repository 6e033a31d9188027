package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A rules file that is replaced in the ways that editors, Ansible and Kubernetes do it, under a running process. */
@Tag("external")
class RulesFollowerTest {
    @TempDir
    Path directory;

    private static String rules(ScriptedBackend backend, int admin, String alias) {
        return "{\"listen\":{\"port\":0},\"admin\":{\"port\":" + admin + "},\"backends\":{\"b1\":{\"url\":\""
                + backend.url() + "\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}],\"aliases\":{\"" + alias
                + "\":\"m\"}}";
    }

    private static void lists(Child child, String alias) {
        await(alias)
                .atMost(Duration.ofSeconds(20))
                .until(() -> RawClient.get(child.port(), "/api/tags").text().contains(alias));
    }

    @Test
    void goesByTheFileAsItIsNow_howeverItIsReplaced() throws Exception {
        int admin = freePort();
        Path file = directory.resolve("rules.json");
        try (ScriptedBackend backend = ScriptedBackend.with("m:latest")) {
            Path versions = Files.createDirectories(directory.resolve("versions"));
            Path one = Files.writeString(versions.resolve("1.json"), rules(backend, admin, "linked-one"));
            Path two = Files.writeString(versions.resolve("2.json"), rules(backend, admin, "linked-two"));
            Files.writeString(file, rules(backend, admin, "started"));
            try (Child child = Child.start(directory, "serve", "--rules", file.toString())) {
                lists(child, "started");

                Files.writeString(file, rules(backend, admin, "written"));
                lists(child, "written");

                Path aside = Files.writeString(directory.resolve("new.json"), rules(backend, admin, "renamed"));
                Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                lists(child, "renamed");

                swapLink(file, one);
                lists(child, "linked-one");
                swapLink(file, two);
                lists(child, "linked-two");

                Files.writeString(two, rules(backend, admin, "hup"));
                child.signal("HUP");
                lists(child, "hup");

                Files.writeString(two, "{\"listen\": {\"prot\": 1}");
                child.says("the rules of before still hold, because:");
                assertThat(RawClient.get(admin, "/status").text())
                        .contains("\"refused\":\"" + file)
                        .contains("\"changes\":5");
                lists(child, "hup");

                Files.writeString(two, rules(backend, admin, "mended"));
                lists(child, "mended");
                assertThat(RawClient.get(admin, "/status").text()).contains("\"refused\":\"\"");

                child.terminate();
                assertThat(child.exitCode()).isZero();
            }
        }
    }

    @Test
    void withoutAFileSighupChangesNothing() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("m");
                Child child = Child.start(
                        directory, "serve", "--backend", backend.url().toString(), "--port", "0")) {
            int port = child.port();
            child.signal("HUP");
            child.says("there is no rules file to read again");
            assertThat(RawClient.get(port, "/").status()).isEqualTo(200);
        }
    }

    private static void swapLink(Path link, Path target) throws IOException {
        Path fresh = link.resolveSibling("fresh-link");
        Files.createSymbolicLink(fresh, target);
        Files.move(fresh, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0)) {
            return any.getLocalPort();
        }
    }
}
