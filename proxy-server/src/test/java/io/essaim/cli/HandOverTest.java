package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.clients.Needed;
import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A proxy that takes over from the one that runs, and one that is given its socket by systemd. */
@Tag("external")
class HandOverTest {
    private static final int RESTARTS = Integer.getInteger("essaim.restarts", 4);
    private static final String CHAT = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String TOKEN =
            "{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"done\":false}\n";
    private static final String LAST =
            "{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n";

    @TempDir
    Path directory;

    @BeforeEach
    void onlyEpollTakesUpOpenSockets() {
        Needed.orSkip(Epoll.isAvailable(), "taking over from another process", "epoll does not work here");
    }

    private Path rules(ScriptedBackend backend, int port, int admin) throws IOException {
        return Files.writeString(
                directory.resolve("rules.json"),
                "{\"timeouts\":{\"idle\":\"10m\"},\"listen\":{\"port\":" + port + "},\"admin\":{\"port\":" + admin
                        + "},\"backends\":{\"b1\":{\"url\":\"" + backend.url()
                        + "\",\"slots\":64}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}]}");
    }

    @Test
    void noConnectionIsRefusedAndNoStreamCut_howeverOftenAnotherProcessTakesOver() throws Exception {
        int port = freePort();
        int admin = freePort();
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger answered = new AtomicInteger();
        ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
        List<Child> children = new ArrayList<>();
        List<RawClient> streams = new ArrayList<>();
        try (ScriptedBackend backend = ScriptedBackend.with("m").plays(line -> {
            line.send(HEAD);
            line.chunk(TOKEN);
            if (line.request().bodyText().contains("long")) {
                goOn.await();
            }
            line.chunk(LAST);
            line.send("0\r\n\r\n");
        })) {
            Path rules = rules(backend, port, admin);
            children.add(Child.start(directory, "serve", "--rules", rules.toString()));
            children.get(0).says("is up");
            Thread client = new Thread(() -> ask(port, stop, answered, faults));
            client.start();
            for (int i = 0; i < RESTARTS; i++) {
                streams.add(new RawClient(port).sendPost("/api/chat", CHAT.replace("Hi", "long")));
                assertThat(streams.get(i).readHead().status()).isEqualTo(200);
                children.add(Child.start(directory, "serve", "--rules", rules.toString()));
                children.get(i + 1).says("has taken over from the one that ran before");
                children.get(i).says("another process has taken over");
                int before = answered.get();
                await().atMost(Duration.ofSeconds(20)).until(() -> answered.get() > before + 10);
                assertThat(RawClient.get(admin, "/readyz").status()).isEqualTo(200);
            }
            goOn.countDown();
            for (RawClient stream : streams) {
                assertThat(stream.readChunk()).asString(StandardCharsets.UTF_8).isEqualTo(TOKEN);
                assertThat(stream.readChunk()).asString(StandardCharsets.UTF_8).isEqualTo(LAST);
                assertThat(stream.readChunk()).isEmpty();
            }
            for (Child old : children.subList(0, RESTARTS)) {
                assertThat(old.exitCode()).isZero();
            }
            stop.set(true);
            client.join();
            assertThat(faults).isEmpty();
            children.get(RESTARTS).terminate();
            assertThat(children.get(RESTARTS).exitCode()).isZero();
        } finally {
            goOn.countDown();
            stop.set(true);
            children.forEach(Child::close);
        }
    }

    /** On a connection for each request: one that is kept is closed by the process that drains. */
    private static void ask(
            int port, AtomicBoolean stop, AtomicInteger answered, ConcurrentLinkedQueue<String> faults) {
        while (!stop.get()) {
            try {
                RawClient.Reply reply = RawClient.post(port, "/api/chat", CHAT);
                if (reply.status() != 200 || !reply.complete() || !reply.text().endsWith(LAST)) {
                    faults.add(reply.status() + " " + reply.text());
                }
            } catch (IOException e) {
                faults.add(e.toString());
            }
            answered.incrementAndGet();
        }
    }

    @Test
    void budgetsGoOn_whereTheProcessBeforeLeftThem() throws Exception {
        int port = freePort();
        try (ScriptedBackend cloud = ScriptedBackend.with("m")
                .plays(
                        line -> line.json(
                                "{\"id\":\"1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                                        + "\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}"))) {
            Path rules = Files.writeString(
                    directory.resolve("rules.json"),
                    "{\"listen\":{\"port\":" + port
                            + "},\"backends\":{\"b1\":{\"url\":\"http://127.0.0.1:1\"},\"c1\":{\"url\":\"" + cloud.url()
                            + "/v1\",\"dialect\":\"openai\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"b1\"]]}],\"agents\":{\"a\":{\"cloud\":"
                            + "[{\"backend\":\"c1\",\"model\":\"c\"}],\"budget\":{\"day\":{\"requests\":3}}}}}");
            String chat = CHAT.replaceFirst("\\{", "{\"stream\":false,");
            try (Child first = Child.start(directory, "serve", "--rules", rules.toString())) {
                first.says("b1 is down");
                for (int i = 0; i < 2; i++) {
                    assertThat(RawClient.post(port, "/agents/a/api/chat", chat).status())
                            .isEqualTo(200);
                }
                try (Child second = Child.start(directory, "serve", "--rules", rules.toString())) {
                    second.says("has taken over from the one that ran before");
                    assertThat(RawClient.post(port, "/agents/a/api/chat", chat).status())
                            .isEqualTo(200);
                    assertThat(RawClient.post(port, "/agents/a/api/chat", chat).status())
                            .isEqualTo(429);
                    assertThat(first.exitCode()).isZero();
                    second.terminate();
                    assertThat(second.exitCode()).isZero();
                }
            }
            assertThat(cloud.requests()).hasSize(3);
        }
    }

    @Test
    void aProcessThatListensElsewhereIsLeftAlone() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("m")) {
            Path rules = rules(backend, freePort(), freePort());
            try (Child one = Child.start(directory, "serve", "--rules", rules.toString())) {
                one.says("is up");
                try (Child other = Child.start(
                        directory, "serve", "--backend", backend.url().toString(), "--port", "0")) {
                    other.says("is up");
                    assertThat(RawClient.get(one.port(), "/").status()).isEqualTo(200);
                    assertThat(one.err()).doesNotContain("taken over");
                }
            }
        }
    }

    /** Opens a socket as systemd does and becomes the command that follows. */
    private static List<String> withSocket(int port, boolean nonBlocking) {
        String program = "import os,socket,sys\n"
                + "s=socket.create_server(('127.0.0.1'," + port + "))\n"
                + "s.setblocking(" + (nonBlocking ? "False" : "True") + ")\n"
                + "os.dup2(s.fileno(),3)\n"
                + "os.set_inheritable(3,True)\n"
                + "os.environ['LISTEN_FDS']='1'\n"
                + "os.environ['LISTEN_PID']=str(os.getpid())\n"
                + "os.execv(sys.argv[1],sys.argv[1:])\n";
        return List.of("python3", "-c", program);
    }

    private static void needsPython() {
        Needed.orSkip(Needed.hasCommand("python3"), "a socket of systemd", "python3, which opens it, is not here");
    }

    @Test
    void aSocketOfSystemdIsListenedOn() throws Exception {
        needsPython();
        int port = freePort();
        try (ScriptedBackend backend = ScriptedBackend.with("m")) {
            Path rules = rules(backend, port, freePort());
            try (Child child =
                    Child.start(directory, withSocket(port, true), Map.of(), "serve", "--rules", rules.toString())) {
                assertThat(child.port()).isEqualTo(port);
                assertThat(RawClient.get(port, "/").status()).isEqualTo(200);
                child.terminate();
                assertThat(child.exitCode()).isZero();
            }
        }
    }

    @Test
    void aSocketThatWouldBlockIsRefusedWithTheRemedy() throws Exception {
        needsPython();
        int port = freePort();
        try (ScriptedBackend backend = ScriptedBackend.with("m")) {
            Path rules = rules(backend, port, freePort());
            try (Child child =
                    Child.start(directory, withSocket(port, false), Map.of(), "serve", "--rules", rules.toString())) {
                assertThat(child.exitCode()).isEqualTo(2);
                assertThat(child.err()).contains("the service needs NonBlocking=true");
            }
        }
    }

    @Test
    void systemdHearsOfTheStart_ofEachWatch_andOfTheStop() throws Exception {
        Path socket = directory.resolve("notify.sock");
        List<String> heard = new CopyOnWriteArrayList<>();
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try (ScriptedBackend backend = ScriptedBackend.with("m")) {
            new Bootstrap()
                    .group(group)
                    .channel(EpollDomainDatagramChannel.class)
                    .handler(new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                        @Override
                        protected void channelRead0(ChannelHandlerContext context, DomainDatagramPacket packet) {
                            heard.add(packet.content().toString(StandardCharsets.UTF_8));
                        }
                    })
                    .bind(new DomainSocketAddress(socket.toString()))
                    .sync();
            Map<String, String> environment = Map.of("NOTIFY_SOCKET", socket.toString(), "WATCHDOG_USEC", "300000");
            String[] serve = {"serve", "--backend", backend.url().toString(), "--port", "0"};
            try (Child child = Child.start(directory, List.of(), environment, serve)) {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> heard.stream().filter("WATCHDOG=1"::equals).count() > 2);
                assertThat(heard).anyMatch(line -> line.startsWith("READY=1"));
                child.terminate();
                assertThat(child.exitCode()).isZero();
                await().atMost(Duration.ofSeconds(5))
                        .until(() -> heard.stream().anyMatch(line -> line.startsWith("STOPPING=1")));
            }
        } finally {
            group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0)) {
            return any.getLocalPort();
        }
    }
}
