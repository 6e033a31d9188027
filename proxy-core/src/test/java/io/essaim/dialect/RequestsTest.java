package io.essaim.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests from clients to backends of another dialect, and what is refused on the way. */
class RequestsTest {
    private static final String USER = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    @Test
    void anOllamaChatBecomesAnOpenAiRequest() throws Exception {
        String chat = "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
                + "{\"role\":\"user\",\"content\":\"What?\",\"images\":[\"iVBORw0KGgo=\"]},"
                + "{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"Hm\",\"tool_calls\":[{\"function\":"
                + "{\"name\":\"f\",\"arguments\":{\"b\":1.0,\"a\":\"<\"}}},{\"function\":{\"name\":\"f\",\"arguments\":{}}}]},"
                + "{\"role\":\"tool\",\"content\":\"one\",\"tool_name\":\"f\"},{\"role\":\"tool\",\"content\":\"two\"}],"
                + "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\",\"parameters\":"
                + "{\"type\":\"object\"}}}],\"format\":{\"type\":\"object\"},\"keep_alive\":\"5m\",\"truncate\":false,"
                + "\"options\":{\"num_ctx\":32768,\"temperature\":0.5,\"seed\":3,\"num_predict\":9,\"stop\":[\"x\"],"
                + "\"repeat_penalty\":1.0},\"logprobs\":true,\"top_logprobs\":2}";
        assertThat(openAi(chat, "openai"))
                .isEqualTo("{\"model\":\"gpt\",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
                        + "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"What?\"},{\"type\":\"image_url\","
                        + "\"image_url\":{\"url\":\"data:image/png;base64,iVBORw0KGgo=\"}}]},"
                        + "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"call_0\",\"type\":\"function\","
                        + "\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"b\\\":1.0,\\\"a\\\":\\\"<\\\"}\"}},"
                        + "{\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
                        + "{\"role\":\"tool\",\"tool_call_id\":\"call_0\",\"content\":\"one\"},"
                        + "{\"role\":\"tool\",\"tool_call_id\":\"call_1\",\"content\":\"two\"}],\"stream\":true,"
                        + "\"stream_options\":{\"include_usage\":true},\"temperature\":0.5,\"seed\":3,"
                        + "\"max_completion_tokens\":9,\"stop\":[\"x\"],\"logprobs\":true,\"top_logprobs\":2,"
                        + "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"answer\",\"schema\":"
                        + "{\"type\":\"object\"}}},\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\","
                        + "\"description\":\"d\",\"parameters\":{\"type\":\"object\"}}}]}");
    }

    @Test
    void mistralHasWordsOfItsOwn() throws Exception {
        String chat = "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"call_long_id\","
                + "\"function\":{\"name\":\"f\",\"arguments\":{}}}]},{\"role\":\"tool\",\"content\":\"1\","
                + "\"tool_call_id\":\"call_long_id\"}],\"options\":{\"seed\":1}}";
        String request = openAi(chat, "mistral");
        assertThat(request).contains("\"random_seed\":1").doesNotContain("stream_options", "\"seed\"", "call_long_id");
        String id = GoJsonObject.MAPPER
                .readTree(request)
                .at("/messages/0/tool_calls/0/id")
                .asString();
        assertThat(id).matches("[a-z0-9]{9}");
        assertThat(GoJsonObject.MAPPER
                        .readTree(request)
                        .at("/messages/1/tool_call_id")
                        .asString())
                .isEqualTo(id);
    }

    @Test
    void geminiWantsSignatures() throws Exception {
        String chat =
                "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{\"name\":\"f\","
                        + "\"arguments\":{}}},{\"function\":{\"name\":\"g\",\"arguments\":{}}}]}]}";
        assertThat(openAi(chat, "gemini-openai"))
                .contains("\"arguments\":\"{}\"},\"extra_content\":{\"google\":{\"thought_signature\":"
                        + "\"skip_thought_signature_validator\"}}},{\"id\":\"call_1\",\"type\":\"function\","
                        + "\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gemini-openai | \"options\":{\"seed\":1} | seed",
                "openai | \"options\":{\"top_k\":1} | top_k",
                "openai | \"options\":{\"repeat_penalty\":1.1} | repeat_penalty",
                "openai | \"options\":{\"stop\":[\"1\",\"2\",\"3\",\"4\",\"5\"]} | stop",
                "mistral | \"think\":true | think",
                "mistral | \"logprobs\":true | logprobs",
            })
    void refusesWhatTheBackendCannotBeTold(String backend, String field, String named) {
        assertThatThrownBy(() -> openAi("{\"model\":\"m\"," + USER + "," + field + "}", backend))
                .isInstanceOf(Untranslatable.class)
                .hasMessage("this backend cannot be asked for " + named);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"suffix\":\"}\" | suffix",
                "\"raw\":true | raw",
                "\"template\":\"x\" | template",
                "\"context\":[1] | context"
            })
    void refusesWhatOnlyGenerateCanSay(String field, String named) throws Exception {
        byte[] body = Sample.utf8("{\"model\":\"m\",\"prompt\":\"p\"," + field + "}");
        NeutralRequest asked = ClientDialect.OLLAMA_GENERATE.read(body);
        assertThatThrownBy(() -> BackendDialect.OPENAI.write(asked, "m", can("compatible")))
                .hasMessageEndingWith(" " + named);
    }

    @Test
    void generateIsOneTurn() throws Exception {
        byte[] body = Sample.utf8("{\"model\":\"m\",\"prompt\":\"p\",\"system\":\"s\",\"suffix\":\"\",\"context\":[],"
                + "\"options\":null,\"stream\":false}");
        NeutralRequest asked = ClientDialect.OLLAMA_GENERATE.read(body);
        assertThat(new String(BackendDialect.OPENAI.write(asked, "x", can("compatible")), StandardCharsets.UTF_8))
                .isEqualTo("{\"model\":\"x\",\"messages\":[{\"role\":\"system\",\"content\":\"s\"},"
                        + "{\"role\":\"user\",\"content\":\"p\"}],\"stream\":false}");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "OLLAMA_CHAT | | 400 | missing request body",
                "OLLAMA_CHAT | [] | 400 | json: cannot unmarshal array into Go value of type api.ChatRequest",
                "OLLAMA_CHAT | {\"messages\":[]} | 400 | model is required",
                "OLLAMA_GENERATE | {} | 404 | model '' not found",
                "OLLAMA_CHAT | {\"model\":\"m\",\"messages\":\"hi\"} | 400 | json: cannot unmarshal string into Go struct field ChatRequest.messages of type []api.Message",
                "OLLAMA_CHAT | {\"model\":\"m\",\"messages\":[{\"content\":[]}]} | 400 | json: cannot unmarshal array into Go struct field ChatRequest.messages.content of type string",
                "OLLAMA_GENERATE | {\"model\":\"m\",\"prompt\":7} | 400 | json: cannot unmarshal number into Go struct field GenerateRequest.prompt of type string",
                "OLLAMA_CHAT | {\"model\":\"m\",\"tools\":\"x\"} | 400 | json: cannot unmarshal string into Go struct field ChatRequest.tools of type api.Tools",
                "OLLAMA_CHAT | {\"model\":\"m\",\"format\":\"xml\"} | 500 | invalid format: \"\\\"xml\\\"\"; expected \"json\" or a valid JSON Schema object",
                "OLLAMA_CHAT | {\"model\":\"m\",\"options\":{\"seed\":\"x\"}} | 500 | option \"seed\" must be of type integer",
                "OLLAMA_CHAT | {\"model\":\"m\",\"think\":\"hard\"} | 400 | invalid think value: \"hard\" (must be \"high\", \"medium\", \"low\", true, or false)",
                "OLLAMA_CHAT | {\"model\":\"m\",\"top_logprobs\":21} | 400 | top_logprobs must be between 0 and 20",
                "OLLAMA_CHAT | {\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"images\":[\"http://x\"]}]} | 400 | illegal base64 data at input byte 4",
                "OPENAI_CHAT | | 400 | EOF",
                "OPENAI_CHAT | {\"model\":\"m\"} | 400 | [] is too short - 'messages'",
                "OPENAI_CHAT | {\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":null}]} | 400 | invalid message content type: <nil>",
                "OPENAI_CHAT | {\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"video\"}]}]} | 400 | invalid message format",
                "OPENAI_CHAT | {\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}]} | 400 | invalid tool call arguments",
            })
    void refusesInOllamasWords(ClientDialect dialect, String body, int status, String text) {
        assertThatThrownBy(() -> dialect.read(Sample.utf8(body == null ? "" : body)))
                .isInstanceOfSatisfying(InvalidRequest.class, refused -> {
                    assertThat(refused.text()).isEqualTo(text);
                    assertThat(refused.status()).isEqualTo(status);
                });
    }

    @Test
    void keysMatchInAnyCaseAndNullIsAbsent() throws Exception {
        NeutralRequest asked = ClientDialect.OLLAMA_CHAT.read(
                Sample.utf8(
                        "{\"model\":\"m\",\"Messages\":[{\"ROLE\":\"User\",\"Content\":\"Hi\"}],\"tools\":null,\"format\":\"\"}"));
        assertThat(asked.turns()).containsExactly(ChatMessage.words(ChatMessage.Role.USER, "Hi"));
    }

    private static String openAi(String chat, String backend) throws Exception {
        NeutralRequest asked = ClientDialect.OLLAMA_CHAT.read(Sample.utf8(chat));
        return new String(BackendDialect.OPENAI.write(asked, "gpt", can(backend)), StandardCharsets.UTF_8);
    }

    private static Capabilities can(String backend) {
        return Capabilities.named(backend).orElseThrow();
    }
}
