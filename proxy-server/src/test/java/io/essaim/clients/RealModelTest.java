package io.essaim.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** llama.cpp's own server, with a model in it, as the cloud of an agent: what it says comes as an Ollama's. */
@Tag("external")
@ParameterizedClass
@ValueSource(ints = {1, 4})
class RealModelTest {
    private static final JsonMapper JSON = new JsonMapper();

    @Parameter
    int loops;

    @TempDir
    Path directory;

    private RealModel model;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        PythonModules.orSkip("llamacpp", "the test with a real model server");
        model = RealModel.start(directory);
        server = TestServer.start(loops, """
                {"listen":{"port":0},
                 "backends":{"nobody":{"url":"http://127.0.0.1:9"},
                   "llamacpp":{"url":"%s/v1","dialect":"openai","capabilities":"llama.cpp"}},
                 "routes":[{"models":["*"],"tiers":[["nobody"]]}],
                 "agents":{"main":{"cloud":[{"backend":"llamacpp","model":"%s"}]}}}
                """.formatted(model.url(), RealModel.NAME));
    }

    @AfterEach
    void stop() {
        if (model != null) {
            model.close();
            server.close();
        }
    }

    private RawClient.Reply ask(String path, String body) throws IOException {
        return RawClient.post(server.port(), "/agents/main" + path, body.replace('\'', '"'));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/api/chat|{'model':'m','stream':%s,'messages':[{'role':'user','content':'hi'}]}|/message/content",
                "/api/generate|{'model':'m','stream':%s,'prompt':'hi'}|/response",
                "/v1/chat/completions|{'model':'m','stream':%s,'messages':[{'role':'user','content':'hi'}]}|/choices/0/message/content",
                "/v1/messages|{'model':'m','max_tokens':99,'stream':%s,'messages':[{'role':'user','content':'hi'}]}|/content/0/text",
                "/v1/responses|{'model':'m','stream':%s,'input':'hi'}|/output/0/content/0/text"
            })
    void everyDialect_streamedAndWhole(String path, String body, String where) throws Exception {
        RawClient.Reply whole = ask(path, body.formatted(false));
        assertThat(whole.status()).as(whole.text()).isEqualTo(200);
        assertThat(JSON.readTree(whole.text()).at(where).asString("").strip()).isEqualTo(RealModel.SENTENCE);
        RawClient.Reply streamed = ask(path, body.formatted(true));
        assertThat(streamed.status()).as(streamed.text()).isEqualTo(200);
        assertThat(streamed.complete()).isTrue();
        assertThat(streamed.text()).contains("\" swarm\"", "\" host\"");
    }

    @Test
    void theLastLine_countsWhatWasReadAndWritten() throws Exception {
        String[] lines = ask("/api/chat", "{'model':'m','messages':[{'role':'user','content':'hi'}]}")
                .text()
                .split("\n");
        StringBuilder words = new StringBuilder();
        for (String line : lines) {
            words.append(JSON.readTree(line).path("message").path("content").asString(""));
        }
        assertThat(words.toString().strip()).isEqualTo(RealModel.SENTENCE);
        JsonNode last = JSON.readTree(lines[lines.length - 1]);
        assertThat(last.path("done_reason").asString()).isEqualTo("stop");
        assertThat(last.path("eval_count").asInt()).isEqualTo(12);
        assertThat(last.path("prompt_eval_count").asInt()).isPositive();
    }

    @Test
    void aLimit_endsItEarly_andSaysSo() throws Exception {
        JsonNode last = JSON.readTree(
                ask("/api/generate", "{'model':'m','stream':false,'prompt':'hi','options':{'num_predict':3}}")
                        .text());
        assertThat(last.path("response").asString().strip()).isEqualTo("A swarm of");
        assertThat(last.path("done_reason").asString()).isEqualTo("length");
        assertThat(last.path("eval_count").asInt()).isEqualTo(3);
    }

    @Test
    void aStopWord_endsItWithoutTheWord() throws Exception {
        JsonNode last = JSON.readTree(
                ask("/api/generate", "{'model':'m','stream':false,'prompt':'hi','options':{'stop':['small']}}")
                        .text());
        assertThat(last.path("response").asString().strip()).isEqualTo("A swarm of");
        assertThat(last.path("done_reason").asString()).isEqualTo("stop");
    }

    @Test
    void aSchema_holdsWhateverTheModelWouldSay() throws Exception {
        String format = "{'type':'object','properties':{'kind':{'enum':['bee']},'flies':{'type':'boolean'}},"
                + "'required':['kind','flies'],'additionalProperties':false}";
        JsonNode answer = JSON.readTree(ask(
                        "/api/chat",
                        "{'model':'m','stream':false,'messages':[{'role':'user','content':'hi'}],'format':" + format
                                + ",'options':{'num_predict':200}}")
                .text());
        JsonNode said = JSON.readTree(answer.path("message").path("content").asString());
        assertThat(said.path("kind").asString()).isEqualTo("bee");
        assertThat(said.path("flies").isBoolean()).isTrue();
    }

    @Test
    void whatIsTooLong_isSaidInOllamasWords() throws Exception {
        RawClient.Reply reply =
                ask("/api/chat", "{'model':'m','messages':[{'role':'user','content':'" + "x".repeat(2000) + "'}]}");
        assertThat(reply.status()).isEqualTo(400);
        assertThat(JSON.readTree(reply.text()).path("error").asString())
                .isEqualTo("the input length exceeds the context length");
    }

    @Test
    void whereItIsGone_theClientIsToldSo() throws Exception {
        model.close();
        RawClient.Reply reply = ask("/api/chat", "{'model':'m','messages':[{'role':'user','content':'hi'}]}");
        assertThat(reply.status()).isEqualTo(503);
        assertThat(JSON.readTree(reply.text()).path("error").asString()).contains("no backend can run m:latest now");
        assertThat(reply.field("X-Essaim-Attempts")).isEqualTo("1");
    }
}
