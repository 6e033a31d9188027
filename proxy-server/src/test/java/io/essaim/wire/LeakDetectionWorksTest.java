package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.LeakPresenceDetector;
import org.junit.jupiter.api.Test;

/** The other tests trust that a leaked buffer is noticed: here one is leaked on purpose. */
class LeakDetectionWorksTest {
    @Test
    void aBufferThatIsNotReleased_isNoticed() {
        ByteBuf leaked = ByteBufAllocator.DEFAULT.ioBuffer(64);
        try {
            assertThatThrownBy(LeakPresenceDetector::check).isInstanceOf(IllegalStateException.class);
        } finally {
            leaked.release();
        }
        // The check starts counting anew, so that the late release is one too many; it says that too, once.
        assertThatThrownBy(LeakPresenceDetector::check).hasMessageContaining("released after all");
        assertThatCode(LeakPresenceDetector::check).doesNotThrowAnyException();
    }
}
