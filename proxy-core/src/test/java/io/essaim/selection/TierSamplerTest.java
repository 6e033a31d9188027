package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.essaim.api.Failure.Outcome;
import io.essaim.fleet.Backend;
import io.essaim.fleet.SlotOwner;
import io.essaim.fleet.TestFleet;
import io.essaim.learn.RequestSize;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tiers of more backends than are looked at one by one. */
class TierSamplerTest {
    private static final int HOSTS = 300;

    private final TestFleet fleet = TestFleet.ofEquals(HOSTS);
    private final Routes routes = new Routes(fleet.rules, fleet.fleet);
    private final PrefixAffinity affinity = new PrefixAffinity(1000, 1, 2, fleet.ticker);

    /** All have the model in memory and were measured; each third one writes ten times as fast. */
    private void measured() {
        measured(10);
    }

    private void measured(double slow) {
        for (int i = 0; i < HOSTS; i++) {
            fleet.up("b" + i, "m");
            fleet.measure("b" + i, "m", 0.1, quick("b" + i) ? 1 : slow);
        }
    }

    private static boolean quick(String name) {
        return Integer.parseInt(name.substring(1)) % 3 == 0;
    }

    private Plan plan() {
        return routes.plan(TestFleet.model("m"), null, null);
    }

    private Choice choose(Set<Backend> tried, PromptEstimate prompt) {
        return Selector.chooseFree(plan(), tried, prompt, new QueueTurn(0, fleet.ticker.nanos(), SlotOwner.PROXY));
    }

    private Choice.Taken take() {
        Choice choice = choose(Set.of(), PromptEstimate.of(RequestSize.ofTokens(10)));
        assertThat(choice).isInstanceOf(Choice.Taken.class);
        return (Choice.Taken) choice;
    }

    @Test
    void looksAtTwelve() {
        measured();
        Choice.Taken taken = take();
        assertThat(taken.considered()).hasSize(12);
        assertThat(taken.considered()).extracting(Choice.Considered::candidate).doesNotHaveDuplicates();
    }

    /** Of what is drawn ten of twelve are quick ones, as their capacity is. */
    @Test
    void drawsBackendsAsOftenAsTheyCanDo() {
        measured();
        Map<String, Integer> drawn = new HashMap<>();
        int quick = 0;
        for (int i = 0; i < 2000; i++) {
            for (Candidate one : plan().tiers().get(0).sampling().draw(List.of(), fleet.ticker.nanos())) {
                drawn.merge(one.backend().name(), 1, Integer::sum);
                quick += quick(one.backend().name()) ? 1 : 0;
            }
        }
        assertThat(quick / 24_000.0).isCloseTo(10.0 / 12, within(0.03));
        assertThat(drawn).as("nobody is left out").hasSize(HOSTS);
    }

    @Test
    void looksAtTheHomeOfAConversationToo() {
        measured();
        byte[] text = "something that was talked about for long. ".repeat(40).getBytes(StandardCharsets.UTF_8);
        ConversationPrefix conversation = affinity.conversation("m", text, 0, text.length);
        affinity.answered(conversation, "b7", fleet.backend("b7").generation(TestFleet.model("m")), 400, 50);
        PromptEstimate prompt = PromptEstimate.of(RequestSize.ofBytes(text.length), affinity, conversation);
        for (int i = 0; i < 20; i++) {
            Choice.Taken taken = (Choice.Taken) choose(Set.of(), prompt);
            assertThat(taken.considered())
                    .filteredOn(one -> one.candidate().backend().name().equals("b7"))
                    .singleElement()
                    .satisfies(
                            one -> assertThat(one.prediction().cachedTokens()).isPositive());
            taken.lease().end(Outcome.NEUTRAL);
        }
    }

    @Test
    void prefersThoseThatHaveTheModelInMemory() {
        measured(1);
        for (int i = 0; i < HOSTS; i++) {
            if (i % 50 != 0) {
                fleet.backend("b" + i).down("restarts");
                fleet.up("b" + i, "m");
            }
        }
        for (int i = 0; i < 12; i++) {
            assertThat(take().lease().warm())
                    .as("request %d of as many warm slots", i)
                    .isTrue();
        }
    }

    @Test
    void findsTheLastFreeSlot_andThenWaits() {
        measured(1);
        Set<String> taken = new HashSet<>();
        List<Choice.Taken> all = new ArrayList<>();
        for (int i = 0; i < 2 * HOSTS; i++) {
            Choice.Taken one = take();
            taken.add(one.candidate().backend().name());
            all.add(one);
        }
        assertThat(taken).hasSize(HOSTS);
        assertThat(choose(Set.of(), PromptEstimate.of(RequestSize.ofTokens(10))))
                .isInstanceOfSatisfying(
                        Choice.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Choice.Reason.SATURATED));
        Choice.Taken freed = all.get(123);
        freed.lease().end(Outcome.NEUTRAL);
        assertThat(take().candidate()).isEqualTo(freed.candidate());
    }

    @Test
    void passesOverWhoWasTriedOrCannotBeAsked() {
        measured();
        fleet.fleet.all().stream()
                .filter(backend -> !Set.of("b17", "b200").contains(backend.name()))
                .forEach(backend -> backend.down("gone"));
        Choice choice = choose(Set.of(fleet.backend("b17")), PromptEstimate.of(RequestSize.ofTokens(10)));
        assertThat(((Choice.Taken) choice).candidate().backend().name()).isEqualTo("b200");
        fleet.backend("b200").down("gone");
        assertThat(choose(Set.of(fleet.backend("b17")), PromptEstimate.of(RequestSize.ofTokens(10))))
                .isInstanceOf(Choice.Refused.class);
    }

    @Test
    void aRequestThatWaitsKnowsOfAllSlots() {
        measured();
        WaitForecast outlook = WaitForecast.of(plan(), PromptEstimate.of(RequestSize.ofTokens(10)));
        assertThat(outlook.slots()).isEqualTo(2 * HOSTS);
        assertThat(outlook.seconds()).isBetween(0.5, 12.0);
    }
}
