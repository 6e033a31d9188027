package io.essaim.benchmarks.compare;

import io.essaim.benchmarks.compare.Candidate.Ports;
import java.nio.file.Path;

/** Configurations of the other proxies: what someone would deploy in front of a token stream who cares for latency. */
final class ProxyConfigs {

    private ProxyConfigs() {}

    /** {@code user} runs the workers; nginx drops a root master's workers to nobody otherwise, who cannot use the directory. */
    static String nginx(Ports ports, Path directory, int connections, String user) {
        return """
                daemon off;
                %1$s
                worker_processes auto;
                pid %2$s/nginx.pid;
                error_log stderr warn;
                events {
                  worker_connections %3$d;
                }
                http {
                  access_log off;
                  tcp_nodelay on;
                  keepalive_timeout 300s;
                  keepalive_requests 100000000;
                  client_body_temp_path %2$s/body;
                  proxy_temp_path %2$s/proxy;
                  fastcgi_temp_path %2$s/fastcgi;
                  uwsgi_temp_path %2$s/uwsgi;
                  scgi_temp_path %2$s/scgi;
                  upstream ollama {
                    server 127.0.0.1:%4$d;
                    keepalive 1024;
                    keepalive_requests 100000000;
                  }
                  server {
                    listen 127.0.0.1:%5$d backlog=4096;
                    location / {
                      proxy_pass http://ollama;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                      proxy_buffering off;
                      proxy_read_timeout 300s;
                    }
                  }
                }
                """.formatted(
                        user.equals("root") ? "user root;" : "", directory, connections, ports.backend(), ports.own());
    }

    /** With {@code option http-no-delay}: without it HAProxy holds a streamed line back for up to 200 ms. */
    static String haproxy(Ports ports, int threads, int connections) {
        return """
                global
                  nbthread %1$d
                  maxconn %2$d
                defaults
                  mode http
                  option http-no-delay
                  http-reuse safe
                  timeout connect 5s
                  timeout client 300s
                  timeout server 300s
                  timeout http-keep-alive 300s
                frontend bench
                  bind 127.0.0.1:%3$d
                  default_backend ollama
                backend ollama
                  server ollama 127.0.0.1:%4$d
                """.formatted(threads, connections, ports.own(), ports.backend());
    }
}
