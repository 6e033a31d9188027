package io.essaim.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class MessageTest {

    @Test
    void survivesTheLine() {
        Message parsed = Message.parse(new Message("ok", Map.of("detail", "a=b\tc\nd", "count", "7")).encode());
        assertThat(parsed.verb()).isEqualTo("ok");
        assertThat(parsed.text("detail")).isEqualTo("a=b c d");
        assertThat(parsed.count("count")).isEqualTo(7);
        assertThat(Message.parse("mark").fields()).isEmpty();
    }

    @Test
    void namesAMissingOrBrokenField() {
        assertThatThrownBy(() -> Message.parse("ok\tx=1").number("y")).hasMessageContaining("no field y");
        assertThatThrownBy(() -> Message.parse("ok\tx")).hasMessageContaining("not a name=value field");
    }

    @Test
    void countsFailuresByKind() {
        Failures failures = new Failures();
        failures.add("cut");
        failures.add("refused");
        failures.add("cut");
        for (int i = 0; i < 10; i++) {
            failures.add("other " + i);
        }
        assertThat(failures.count()).isEqualTo(13);
        assertThat(failures.toString()).contains("2 x cut", "1 x refused").doesNotContain("other 9");
    }
}
