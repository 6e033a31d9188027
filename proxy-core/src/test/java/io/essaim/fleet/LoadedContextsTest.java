package io.essaim.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.model.ModelName;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which contexts a loaded model serves without being loaded anew. */
class LoadedContextsTest {
    private static final ModelName MODEL = TestFleet.model("llama3.2");

    private static Inventory listing(@Nullable Integer context, long at) {
        String row = "{'name':'llama3.2'" + (context == null ? "" : ",'context_length':" + context) + "}";
        return Inventory.UNKNOWN.withLoaded(List.of(new Inventory.Loaded(MODEL.key(), TestFleet.row(row))), at);
    }

    @ParameterizedTest(name = "listed {0}, then ran with {1}, asked for {2}")
    @CsvSource(
            nullValues = "-",
            value = {
                // listed with, last run with (0: the host's own; -: none), asked for (-: the host's own), fits
                "-,    -,    -,    true",
                "-,    -,    8192, true",
                "4096, -,    -,    true",
                "4096, -,    4096, true",
                "4096, -,    8192, false",
                "-,    8192, 8192, true",
                "-,    8192, 4096, false",
                "-,    8192, -,    false",
                "-,    0,    -,    true",
                "-,    0,    8192, false",
                "4096, 8192, 8192, true",
                "4096, 8192, 4096, false",
            })
    void whatWasSeenLast_counts(
            @Nullable Integer listed, @Nullable Integer ran, @Nullable Integer asked, boolean fits) {
        LoadedContexts contexts = new LoadedContexts();
        Inventory known = listing(listed, 100);
        if (ran != null) {
            contexts.ran(MODEL, ran == 0 ? null : ran, 200);
        }
        assertThat(contexts.fits(MODEL, asked, known)).isEqualTo(fits);
    }

    @Test
    void aNewerListing_overridesWhatWasAskedBefore() {
        LoadedContexts contexts = new LoadedContexts();
        contexts.ran(MODEL, 8192, 200);
        Inventory known = listing(4096, 300);
        assertThat(contexts.fits(MODEL, 4096, known)).isTrue();
        assertThat(contexts.fits(MODEL, 8192, known)).isFalse();
        assertThat(contexts.fits(MODEL, null, known))
                .as("the host's own: somebody changed it since")
                .isTrue();
    }

    @Test
    void namesOfClients_doNotFillTheMemory() {
        LoadedContexts contexts = new LoadedContexts();
        for (int i = 0; i < 5000; i++) {
            contexts.ran(TestFleet.model("m" + i), 1, i);
        }
        assertThat(contexts.known()).isLessThanOrEqualTo(512);
    }
}
