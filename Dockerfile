# Essaim as a container: no shell, no package manager, a user without rights, nothing written at run time but its state.
#
#   docker build -t essaim .
#   docker run --read-only --cap-drop=ALL --security-opt=no-new-privileges --stop-timeout=610 -p 11434:11434 \
#     -v "$PWD/routing-rules.json:/etc/essaim/routing-rules.json:ro" essaim
#
# The tags of the distroless image move with Debian's fixes; a build that must be repeatable names its digest instead.

# The jar is the same for every processor, so it is built on the builder's own.
FROM --platform=$BUILDPLATFORM maven:3.9.11-eclipse-temurin-25 AS jar
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 \
    mvn -B -ntp -q -DskipTests -pl proxy-server -am package

# A JVM of the modules that Essaim uses, and what it would otherwise make at run time: Netty's native libraries, which
# it unpacks to a temporary directory, and archives of parsed classes. These know the path of the jar and the JVM, so
# everything is made where it stays.
FROM eclipse-temurin:25.0.3_9-jdk-noble AS assembled
COPY deploy/modules.txt /modules.txt
RUN jlink --add-modules "$(grep -v '^#' /modules.txt | paste -sd, -)" \
        --strip-debug --no-header-files --no-man-pages --compress zip-0 --output /opt/essaim/java \
    && /opt/essaim/java/bin/java -Xshare:dump -XX:+UseSerialGC
WORKDIR /opt/essaim
COPY --from=jar /src/proxy-server/target/essaim.jar essaim.jar
COPY deploy/container.options java.options
RUN mkdir state
RUN jar xf essaim.jar META-INF/native \
    && mv META-INF/native native \
    && rm -r META-INF \
    && java/bin/java @java.options -XX:ArchiveClassesAtExit=/opt/essaim/essaim.jsa \
           -jar /opt/essaim/essaim.jar cds-training \
    && test -s essaim.jsa

FROM gcr.io/distroless/base-nossl-debian12:nonroot
COPY --from=assembled /opt/essaim /opt/essaim
# What outlives the process: budgets of clouds. Needs a volume when the root is read-only.
COPY --from=assembled --chown=65532:65532 /opt/essaim/state /var/lib/essaim
ENV STATE_DIRECTORY=/var/lib/essaim
VOLUME /var/lib/essaim
USER 65532:65532
EXPOSE 11434
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["/opt/essaim/java/bin/java", "@/opt/essaim/java.options", "-XX:SharedArchiveFile=/opt/essaim/essaim.jsa", \
         "-jar", "/opt/essaim/essaim.jar", "health", "--rules", "/etc/essaim/routing-rules.json", "--port", "11434"]
ENTRYPOINT ["/opt/essaim/java/bin/java", "@/opt/essaim/java.options", "-XX:SharedArchiveFile=/opt/essaim/essaim.jsa", \
            "-jar", "/opt/essaim/essaim.jar", \
            "serve", "--rules", "/etc/essaim/routing-rules.json", "--host", "0.0.0.0", "--port", "11434"]
