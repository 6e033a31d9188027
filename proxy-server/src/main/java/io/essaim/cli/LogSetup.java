package io.essaim.cli;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * Sets up the log in code, because reading XML would take a good part of the start. Lines go to standard error through a
 * queue that drops rather than blocks: no request waits for a disk. Levels come from {@code ESSAIM_LOG} and, for the line
 * per request, {@code ESSAIM_ACCESS_LOG}.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {
    private static final int QUEUE = 4096;

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("%d{HH:mm:ss.SSS} %-5level %logger{0}: %msg%n");
        encoder.start();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setTarget("System.err");
        console.setEncoder(encoder);
        console.start();
        AsyncAppender async = new AsyncAppender();
        async.setContext(context);
        async.setQueueSize(QUEUE);
        async.setDiscardingThreshold(0);
        async.setNeverBlock(true);
        async.addAppender(console);
        async.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(level("ESSAIM_LOG", Level.INFO));
        root.addAppender(async);
        context.getLogger("io.netty").setLevel(Level.WARN);
        context.getLogger("io.essaim.access").setLevel(level("ESSAIM_ACCESS_LOG", Level.INFO));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    private static Level level(String variable, Level otherwise) {
        return Level.toLevel(System.getenv(variable), otherwise);
    }

    /** Only warnings from now on, for commands that speak to a person on the same terminal. */
    static void quiet() {
        if (org.slf4j.LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger("io.essaim").setLevel(Level.WARN);
            context.getLogger("io.essaim.access").setLevel(Level.WARN);
        }
    }
}
