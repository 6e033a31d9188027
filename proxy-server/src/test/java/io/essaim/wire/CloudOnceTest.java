package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend.Script;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A call that a cloud may have read is paid for, and not made again there. */
@ParameterizedClass
@ValueSource(ints = {1})
class CloudOnceTest {
    @Parameter
    int loops;

    @TempDir
    Path directory;

    /** Answers well, and what comes next on the connection not at all. */
    private static Script closingAtTheSecond() {
        AtomicInteger asked = new AtomicInteger();
        return line -> {
            if (asked.getAndIncrement() == 1) {
                line.close();
            } else {
                CloudScene.answers(line);
            }
        };
    }

    @Test
    void whatIsNoAnswer_isNotHandedOn() throws Exception {
        String page = "Content-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>";
        for (String head : new String[] {
            "200 OK\r\n" + page,
            "204 No Content\r\n\r\n",
            "206 Partial Content\r\n" + page,
            "302 Found\r\nLocation: http://login.example/\r\n" + page,
            "308 Permanent Redirect\r\nLocation: http://login.example/\r\n" + page
        }) {
            Script bad = line -> line.send("HTTP/1.1 " + head);
            for (String body : new String[] {CloudScene.CHAT, CloudScene.WHOLE}) {
                new CloudScene(loops, directory).withoutHost(bad, CloudScene::answers, "", (server, one, two) -> {
                    RawClient.Reply reply = CloudScene.ask(server, "/api/chat", body);
                    assertThat(reply.status()).as(head).isEqualTo(200);
                    assertThat(reply.field("X-Essaim-Backend")).as(head).isEqualTo("mistral");
                    assertThat(reply.complete()).isTrue();
                    assertThat(one.requests()).hasSize(1);
                });
            }
        }
    }

    @Test
    void aRequestThatWasRead_onAUsedConnection_isNotSentTwice() throws Exception {
        new CloudScene(loops, directory)
                .withoutHost(closingAtTheSecond(), CloudScene::answers, "", (server, one, two) -> {
                    assertThat(CloudScene.ask(server, "/api/chat", CloudScene.CHAT)
                                    .field("X-Essaim-Backend"))
                            .isEqualTo("gemini");
                    assertThat(CloudScene.budget(server, "tokens", "spent")).isEqualTo("10");
                    RawClient.Reply reply = CloudScene.ask(server, "/api/chat", CloudScene.CHAT);
                    assertThat(reply.status()).isEqualTo(200);
                    assertThat(reply.field("X-Essaim-Backend")).isEqualTo("mistral");
                    assertThat(one.requests()).as("sent once for each client").hasSize(2);
                    assertThat(one.requests().get(1).connection())
                            .as("the second on the first's connection")
                            .isEqualTo(one.requests().get(0).connection());
                    assertThat(two.requests()).hasSize(1);
                    assertThat(Long.parseLong(CloudScene.budget(server, "tokens", "spent")))
                            .as("what was read counts with the most that it may cost, beside the two answers")
                            .isGreaterThan(20);
                    assertThat(CloudScene.budget(server, "tokens", "reserved")).isEqualTo("0");
                });
    }
}
