package io.essaim.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Operation;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a body says of its prompt is found where it stands, whatever stands before the body. */
class PromptScanTest {
    private static PromptFields scan(String body) throws InvalidBody {
        byte[] bytes = ("xx" + body + "yy").getBytes(StandardCharsets.UTF_8);
        return BodyScan.scan(bytes, 2, bytes.length - 4, Operation.CHAT).prompt();
    }

    private static String at(String body, @Nullable ByteSpan span) {
        return span == null
                ? ""
                : new String(
                        body.getBytes(StandardCharsets.UTF_8),
                        span.from(),
                        span.to() - span.from(),
                        StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "messages|[{\"role\":\"user\",\"content\":\"é [hi]\"}]",
                "prompt|\"say \\\"messages\\\": []\"",
                "input|[\"a\",{\"prompt\":\"b\"}]"
            })
    void theConversation_isTheValueWithItsBrackets(String key, String value) throws Exception {
        String body = "{\"é\":1,\"model\":\"m\",\"" + key + "\" : " + value + " ,\"stream\":true}";
        PromptFields found = scan(body);
        assertThat(at(body, found.conversation())).isEqualTo(value);
        assertThat(found.before()).isEmpty();
        assertThat(found.mostTokens()).isEqualTo(-1);
    }

    @Test
    void whatStandsBeforeIt_isFoundInTheBodysOrder() throws Exception {
        String body = "{\"tools\":[{\"type\":\"function\"}],\"messages\":[],\"think\":\"high\",\"system\":\"be brief\","
                + "\"instructions\":\"x\",\"template\":\"t\",\"suffix\":\"s\"}";
        assertThat(scan(body).before().stream().map(span -> at(body, span)))
                .containsExactly("[{\"type\":\"function\"}]", "\"high\"", "\"be brief\"", "\"x\"", "\"t\"", "\"s\"");
    }

    @ParameterizedTest
    @CsvSource({
        "max_tokens,0,0",
        "max_completion_tokens,64,64",
        "max_output_tokens,999999999,999999999",
        "max_tokens,1000000000,-1",
        "max_tokens,-5,-1",
        "max_tokens,1.5,-1",
        "max_tokens,1e3,-1",
        "max_tokens,null,-1",
        "max_tokens,true,-1",
        "num_predict,12,-1"
    })
    void theLongestAnswer_isAWholeNumberOfNineDigitsAtMost(String key, String value, long tokens) throws Exception {
        assertThat(scan("{\"messages\":[],\"" + key + "\":" + value + "}").mostTokens())
                .isEqualTo(tokens);
    }

    @Test
    void ofALongestAnswerSaidTwice_theLastOneCounts() throws Exception {
        assertThat(scan("{\"max_tokens\":5,\"max_completion_tokens\":7}").mostTokens())
                .isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"model\":\"m\"}",
                "{\"PROMPT\":\"a\",\"m\":1,\"\":2,\"max_tokens_of_a_name_that_is_long\":3}",
                "{\"options\":{\"prompt\":\"a\",\"max_tokens\":3}}"
            })
    void nothingElseIsTakenForIt(String body) throws Exception {
        assertThat(scan(body)).isEqualTo(new PromptFields(null, List.of(), -1));
    }
}
