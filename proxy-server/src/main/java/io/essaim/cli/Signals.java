package io.essaim.cli;

import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Signals of the operating system, taken directly: a shutdown hook of the JVM runs only once and cannot hear a second one. */
final class Signals {
    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

    private Signals() {}

    /**
     * Calls {@code heard} each time that a signal comes, on a thread of the JVM, instead of what the signal does by itself. By
     * reflection: the JDK exports sun.misc.Signal for this use, but javac warns of it and cannot be told not to.
     *
     * @param name without SIG
     * @param otherwise what the signal does where it cannot be taken, for the log
     */
    static void on(String name, String otherwise, Runnable heard) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object listening = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            heard.run();
                        }
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), listening);
        } catch (ReflectiveOperationException e) {
            LOG.warn("SIG{} {}: {}", name, otherwise, e.toString());
        }
    }
}
