package io.essaim.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.fleet.DigestConflict.Variant;
import io.essaim.model.ModelName;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class DigestConflictTest {
    private static final String OLD = "2026-01-01T00:00:00Z";
    private static final String NEW = "2026-02-02T08:48:00+01:00";

    private final TestFleet fleet = TestFleet.ofEquals(3);

    private List<DigestConflict> conflicts(Map<ModelName, ModelName> aliases) {
        return DigestConflict.of(fleet.fleet, new FleetListing(fleet.fleet, aliases));
    }

    private List<DigestConflict> conflicts() {
        return conflicts(Map.of());
    }

    private static ObjectNode row(String name, String digest, String modified) {
        return TestFleet.row("{'name':'" + name + "','digest':'" + digest + "','modified_at':'" + modified + "'}");
    }

    @Test
    void nothingIsKnown_nothingConflicts() {
        assertThat(conflicts()).isEmpty();
    }

    @Test
    void theSameContentsAreNoConflict_alsoWhenTheyCameAtOtherTimes() {
        fleet.installed("b0", row("a:latest", "42d7", OLD)).installed("b1", row("a:latest", "42d7", NEW));
        assertThat(conflicts()).isEmpty();
    }

    @Test
    void otherTagsAreOtherModels() {
        fleet.installed("b0", row("a:1b", "42d7", OLD)).installed("b1", row("a:3b", "81e3", NEW));
        assertThat(conflicts()).isEmpty();
    }

    @Test
    void everyDigestIsToldWithItsHosts_andTheOneThatIsListed() {
        fleet.installed("b0", row("Llama3.2:latest", "0000", OLD), row("z:latest", "1", OLD))
                .installed("b1", row("llama3.2:latest", "42d7", NEW))
                .installed("b2", row("llama3.2:latest", "0000", "2026-01-03T00:00:00Z"), row("z:latest", "2", OLD));
        assertThat(conflicts())
                .containsExactly(
                        new DigestConflict(
                                "Llama3.2:latest",
                                List.of(
                                        new Variant("0000", List.of("b0", "b2"), "2026-01-03T00:00:00Z"),
                                        new Variant("42d7", List.of("b1"), NEW)),
                                "42d7"),
                        new DigestConflict(
                                "z:latest",
                                List.of(new Variant("1", List.of("b0"), OLD), new Variant("2", List.of("b2"), OLD)),
                                "1"));
    }

    @Test
    void aHostThatIsDownCountsWithWhatItHad() {
        fleet.installed("b0", row("a:latest", "1", OLD)).installed("b1", row("a:latest", "2", NEW));
        fleet.backend("b1").down("refused");
        assertThat(conflicts()).extracting(DigestConflict::listed).containsExactly("2");
    }

    @Test
    void aModelWithoutDigestOrTimeConflictsWithNobody() {
        fleet.installed("b0", row("a:latest", "", OLD))
                .installed("b1", row("a:latest", "2", NEW))
                .installed("b2", TestFleet.row("{'name':'a:latest'}"));
        assertThat(conflicts()).isEmpty();
        fleet.installed("b0", row("a:latest", "1", "yesterday"));
        assertThat(conflicts()).singleElement().satisfies(c -> {
            assertThat(c.listed()).isEqualTo("2");
            assertThat(c.digests().get(0).modifiedAt()).isEqualTo("yesterday");
        });
    }

    @Test
    void anAliasOfTheNameIsWhatTheListingsShow() {
        fleet.installed("b0", row("a:latest", "1", OLD), row("b:latest", "9", OLD))
                .installed("b1", row("a:latest", "2", NEW));
        assertThat(conflicts(Map.of(TestFleet.model("a"), TestFleet.model("b"))))
                .extracting(DigestConflict::listed)
                .containsExactly("9");
    }
}
