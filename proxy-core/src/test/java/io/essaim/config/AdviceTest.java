package io.essaim.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What is warned of because strangers could use it. */
class AdviceTest {
    private static final String KEY = "sha256:" + "0".repeat(64);

    private static Rules rules(String listen, String more) throws InvalidRules {
        String text = "{\"listen\":{" + listen + "},\"backends\":{\"b\":{\"url\":\"http://127.0.0.1:1\"},"
                + "\"c\":{\"url\":\"https://cloud.example/v1\",\"dialect\":\"openai\"}},"
                + "\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b\"]]}]" + more + "}";
        return RulesLoader.load("test.json", text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void everyAddressWithoutAKeyIsOpen() throws InvalidRules {
        Rules open = rules("\"host\":\"0.0.0.0\",\"allow\":[\"0.0.0.0/0\"]", "");
        assertThat(Advice.open(open)).contains("0.0.0.0:11434").contains("keys");
        assertThat(Advice.of(open)).anyMatch(line -> line.contains("lets every address in"));
        assertThat(Advice.open(rules("\"host\":\"::\",\"allow\":[\"::/0\"]", "")))
                .isNotNull();
    }

    @Test
    void keysOfTheHouse_closeIt_andKeysOfTheDefaultAgentAloneDoNot() throws InvalidRules {
        String any = "\"host\":\"0.0.0.0\",\"allow\":[\"0.0.0.0/0\"]";
        assertThat(Advice.open(rules(any, ",\"keys\":[\"" + KEY + "\"],\"agents\":{\"a\":{}}")))
                .isNull();
        assertThat(Advice.open(rules(any, ",\"keysFile\":\"keys\""))).isNull();
        assertThat(Advice.open(rules(any, ",\"agents\":{\"default\":{\"keys\":[\"" + KEY + "\"]},\"a\":{}}")))
                .isNotNull();
    }

    @Test
    void networksOfOnesOwn_orThisMachineAlone_areNotOpen() throws InvalidRules {
        assertThat(Advice.open(rules("\"host\":\"0.0.0.0\"", ""))).isNull();
        assertThat(Advice.open(rules("\"host\":\"127.0.0.1\",\"allow\":[\"0.0.0.0/0\"]", "")))
                .isNull();
        assertThat(Advice.of(rules("\"host\":\"127.0.0.1\"", ",\"manage\":true,\"admin\":{}")))
                .isEmpty();
    }

    @Test
    void aProxyOnThisMachineBringsStrangersToo_andThatIsWarnedOf_butServed() throws InvalidRules {
        String trusting = "\"host\":\"127.0.0.1\",\"trust\":[\"127.0.0.1\"]";
        String ops = ",\"agents\":{\"ops\":{\"manage\":true}}";
        assertThat(Advice.of(rules(trusting + ",\"allow\":[\"0.0.0.0/0\"]", ops)))
                .anyMatch(line -> line.contains("a proxy of listen.trust"))
                .anyMatch(line -> line.contains("agent ops may pull"));
        assertThat(Advice.of(rules(trusting, ops))).singleElement().asString().contains("agent ops may pull");
        assertThat(Advice.of(rules(trusting, ""))).isEmpty();
        assertThat(Advice.of(rules("\"host\":\"127.0.0.1\",\"allow\":[\"0.0.0.0/0\"]", ops)))
                .isEmpty();
        assertThat(Advice.open(rules(trusting + ",\"allow\":[\"0.0.0.0/0\"]", ops)))
                .isNull();
        String closed = ",\"keys\":[\"" + KEY + "\"]" + ops;
        assertThat(Advice.of(rules(trusting + ",\"allow\":[\"0.0.0.0/0\"]", closed)))
                .isEmpty();
    }

    @Test
    void rightsThatAnybodyCanClaimAreNamed() throws InvalidRules {
        String more =
                ",\"agents\":{\"ops\":{\"manage\":true},\"spender\":{\"cloud\":[{\"backend\":\"c\",\"model\":\"m\"}],"
                        + "\"budget\":{\"day\":{\"requests\":1}}},\"known\":{\"manage\":true,\"keys\":[\"" + KEY
                        + "\"]}}";
        assertThat(Advice.of(rules("\"host\":\"0.0.0.0\"", more)))
                .anyMatch(line -> line.contains("agent ops may pull"))
                .anyMatch(line -> line.contains("agent spender may use clouds without a key"))
                .noneMatch(line -> line.contains("agent known"));
    }

    @Test
    void anAdminPageForOthersIsNamed() throws InvalidRules {
        assertThat(Advice.of(rules("\"host\":\"127.0.0.1\"", ",\"admin\":{\"host\":\"192.168.1.230\"}")))
                .singleElement()
                .asString()
                .contains("admin page is open to other machines");
    }
}
