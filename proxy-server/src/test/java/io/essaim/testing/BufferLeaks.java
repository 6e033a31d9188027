package io.essaim.testing;

import io.netty.util.LeakPresenceDetector;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Counts the buffers of each test by itself, so that tests can run side by side in one JVM and still notice a buffer that is never
 * released. A thread counts where the thread that started it counts, so that all event loops of a test count for that test.
 *
 * <p>{@link TestServer#close} fails while a buffer of its test is left, and the end of a class fails while one of the class is left.
 */
public final class BufferLeaks implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback {
    private static final InheritableThreadLocal<LeakPresenceDetector.ResourceScope> SCOPE =
            new InheritableThreadLocal<>();
    private static final LeakPresenceDetector.ResourceScope OUTSIDE =
            new LeakPresenceDetector.ResourceScope("outside of tests");
    private static final ExtensionContext.Namespace OWN = ExtensionContext.Namespace.create(BufferLeaks.class);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Netty makes one for each kind of resource, because the build names this class in a system property. */
    public static final class Detector<T> extends LeakPresenceDetector<T> {
        public Detector(Class<?> resourceType) {
            super(resourceType);
        }

        @SuppressWarnings("UnusedVariable") // Netty looks for this signature.
        public Detector(Class<?> resourceType, int samplingInterval) {
            super(resourceType);
        }

        @SuppressWarnings("UnusedVariable") // Netty looks for this signature.
        public Detector(Class<?> resourceType, int samplingInterval, long maxActive) {
            super(resourceType);
        }

        @Override
        protected ResourceScope currentScope() {
            return current();
        }
    }

    /** Where the buffers of this thread are counted. */
    public static LeakPresenceDetector.ResourceScope current() {
        LeakPresenceDetector.ResourceScope scope = SCOPE.get();
        return scope == null ? OUTSIDE : scope;
    }

    /** Waits until no buffer is left there: simulated hosts release theirs a moment after their connections close. */
    public static void awaitNone(LeakPresenceDetector.ResourceScope scope, Duration atMost) {
        Awaitility.await("every buffer is released").atMost(atMost).until(() -> !scope.hasOpenResources());
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        LeakPresenceDetector.ResourceScope scope = new LeakPresenceDetector.ResourceScope(context.getDisplayName());
        context.getStore(OWN).put("class", scope);
        SCOPE.set(scope);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        SCOPE.set(new LeakPresenceDetector.ResourceScope(context.getDisplayName()));
    }

    @Override
    public void afterAll(ExtensionContext context) {
        LeakPresenceDetector.ResourceScope scope =
                context.getStore(OWN).get("class", LeakPresenceDetector.ResourceScope.class);
        SCOPE.remove();
        if (scope != null) {
            awaitNone(scope, PATIENCE);
        }
    }
}
