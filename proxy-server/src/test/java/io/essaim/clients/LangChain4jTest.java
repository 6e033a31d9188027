package io.essaim.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.ollama.OllamaChatModel;
import dev.langchain4j.model.ollama.OllamaEmbeddingModel;
import dev.langchain4j.model.ollama.OllamaModel;
import dev.langchain4j.model.ollama.OllamaModels;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** LangChain4j's Ollama client, under the prefix of an agent. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
class LangChain4jTest {
    private static final String PREFIX = "/agents/dev";

    @Parameter
    int loops;

    private static OllamaChatModel chat(SmallFleet fleet, String model) {
        return OllamaChatModel.builder()
                .baseUrl(fleet.url(PREFIX))
                .modelName(model)
                .maxRetries(0)
                .build();
    }

    @Test
    void chats_andKnowsAMissingModel() throws Exception {
        try (SmallFleet fleet = SmallFleet.start(loops)) {
            assertThat(chat(fleet, "llama3.2").chat("Hello")).isNotBlank();
            assertThatThrownBy(() -> chat(fleet, "nope").chat("Hello"))
                    .isInstanceOf(ModelNotFoundException.class)
                    .hasMessageContaining("model 'nope' not found");
        }
    }

    @Test
    void chatsInParts() throws Exception {
        try (SmallFleet fleet = SmallFleet.start(loops)) {
            List<String> parts = new CopyOnWriteArrayList<>();
            CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
            OllamaStreamingChatModel.builder()
                    .baseUrl(fleet.url(PREFIX))
                    .modelName("llama3.2")
                    .build()
                    .chat("Hello", new StreamingChatResponseHandler() {
                        @Override
                        public void onPartialResponse(String part) {
                            parts.add(part);
                        }

                        @Override
                        public void onCompleteResponse(ChatResponse response) {
                            whole.complete(response);
                        }

                        @Override
                        public void onError(Throwable error) {
                            whole.completeExceptionally(error);
                        }
                    });
            String text = whole.get(60, TimeUnit.SECONDS).aiMessage().text();
            assertThat(parts).hasSizeGreaterThan(3);
            assertThat(String.join("", parts)).isEqualTo(text);
        }
    }

    @Test
    void embeds() throws Exception {
        try (SmallFleet fleet = SmallFleet.start(loops)) {
            OllamaEmbeddingModel model = OllamaEmbeddingModel.builder()
                    .baseUrl(fleet.url(PREFIX))
                    .modelName("all-minilm")
                    .build();
            assertThat(model.embedAll(List.of(TextSegment.from("one"), TextSegment.from("two")))
                            .content())
                    .hasSize(2)
                    .allSatisfy(vector -> assertThat(vector.dimension()).isEqualTo(384));
        }
    }

    @Test
    void listsModels() throws Exception {
        try (SmallFleet fleet = SmallFleet.start(loops)) {
            OllamaModels models =
                    OllamaModels.builder().baseUrl(fleet.url(PREFIX)).build();
            List<OllamaModel> available = models.availableModels().content();
            assertThat(available).extracting(OllamaModel::getName).contains("llama3.2:latest", "endless:latest");
            assertThat(models.modelCard("qwen3:8b").content().getDetails().getFamily())
                    .isEqualTo("qwen3");
            assertThat(models.runningModels().content())
                    .anySatisfy(running -> assertThat(running.getName()).isEqualTo("llama3.2:latest"));
        }
    }
}
