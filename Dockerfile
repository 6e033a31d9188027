# An image of what is needed and nothing else: a JVM of the modules in use, the jar, no shell. For amd64 and arm64.
#
#   docker build -t essaim .
#   docker run --read-only --cap-drop=ALL --security-opt=no-new-privileges --stop-timeout=600 -p 11434:11434 \
#       -v ./routing-rules.json:/etc/essaim/routing-rules.json:ro essaim

# The jar is the same everywhere, so it is built on the builder's own kind of processor.
FROM --platform=$BUILDPLATFORM eclipse-temurin:25.0.4_7-jdk-noble AS jar
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 \
    ./mvnw -B -ntp -q -DskipTests -Dcyclonedx.skip=true -pl proxy-server -am package

# The JVM and its class-data archive belong to the processor of the image. The archive holds for this JVM and for a jar of
# this path, size and time, so both go into the last stage as they are.
FROM eclipse-temurin:25.0.4_7-jdk-noble AS runtime
RUN jlink --output /opt/java --no-header-files --no-man-pages --compress zip-6 --generate-cds-archive \
        --add-modules java.base,java.logging,java.management,java.naming,java.net.http,java.xml,jdk.jfr,jdk.net,jdk.unsupported \
    && rm /opt/java/lib/server/classes_nocoops.jsa
WORKDIR /opt/essaim
COPY --from=jar /src/proxy-server/target/essaim.jar essaim.jar
COPY deploy/container.jvm jvm
RUN jar --extract --file essaim.jar META-INF/native \
    && mv META-INF/native native \
    && rm -r META-INF \
    && /opt/java/bin/java @jvm -XX:ArchiveClassesAtExit=essaim.jsa -jar /opt/essaim/essaim.jar cds-training \
    && chmod -R a+rX,go-w /opt/essaim /opt/java

# glibc, certificates and time zones; neither shell nor package manager.
FROM gcr.io/distroless/base-nossl-debian13:nonroot
COPY --from=runtime /opt/java /opt/java
COPY --from=runtime /opt/essaim /opt/essaim
# Where the rules are looked for: mount routing-rules.json, and keys if it names any, here.
WORKDIR /etc/essaim
USER 65532:65532
EXPOSE 11434
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
    CMD ["/opt/java/bin/java", "@/opt/essaim/jvm", "-XX:SharedArchiveFile=/opt/essaim/essaim.jsa", "-XX:TieredStopAtLevel=1", "-jar", "/opt/essaim/essaim.jar", "health"]
ENTRYPOINT ["/opt/java/bin/java", "@/opt/essaim/jvm", "-XX:SharedArchiveFile=/opt/essaim/essaim.jsa", "-jar", "/opt/essaim/essaim.jar"]
CMD ["serve"]
