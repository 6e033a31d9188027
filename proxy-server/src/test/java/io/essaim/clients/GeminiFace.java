package io.essaim.clients;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A cloud of Gemini's dialect that lets a simulated host think: {@code generateContent} becomes its {@code /api/chat} and back. It is as
 * strict as the original: a field that it does not know is an error, and so are two contents of one side in a row, a
 * call without a signature, and a result that answers no call.
 */
public final class GeminiFace implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Set<String> TOP =
            Set.of("contents", "systemInstruction", "tools", "toolConfig", "generationConfig");

    private final HttpServer http;
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final URI chat;
    private final String model;

    private GeminiFace(HttpServer http, URI chat, String model) {
        this.http = http;
        this.chat = chat;
        this.model = model;
    }

    public static GeminiFace before(String host, String model) throws IOException {
        HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        GeminiFace face = new GeminiFace(http, URI.create(host + "/api/chat"), model);
        http.createContext("/v1beta/models/g:", face::serve);
        http.setExecutor(face.workers);
        http.start();
        return face;
    }

    /** The base URL as a rule has it. */
    public String url() {
        return "http://127.0.0.1:" + http.getAddress().getPort() + "/v1beta";
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            boolean stream = exchange.getRequestURI().toString().endsWith(":streamGenerateContent?alt=sse");
            try {
                ObjectNode asked = asked(JSON.readTree(exchange.getRequestBody()), stream);
                answer(exchange, asked, stream);
            } catch (IllegalArgumentException e) {
                byte[] refusal = JSON.writeValueAsBytes(List.of(JSON.createObjectNode()
                        .set(
                                "error",
                                JSON.createObjectNode()
                                        .put("code", 400)
                                        .put("message", e.getMessage())
                                        .put("status", "INVALID_ARGUMENT"))));
                exchange.getResponseHeaders().set("Content-Type", "application/json; charset=UTF-8");
                exchange.sendResponseHeaders(400, refusal.length);
                exchange.getResponseBody().write(refusal);
            }
        }
    }

    private static void must(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** The request in Ollama's words. */
    private ObjectNode asked(JsonNode gemini, boolean stream) {
        for (String name : gemini.propertyNames()) {
            must(TOP.contains(name), "Unknown name \"" + name + "\": Cannot find field.");
        }
        ObjectNode out = JSON.createObjectNode().put("model", model).put("stream", stream);
        ArrayNode messages = out.putArray("messages");
        for (JsonNode part : gemini.path("systemInstruction").path("parts")) {
            messages.addObject()
                    .put("role", "system")
                    .put("content", part.path("text").asString());
        }
        String before = "model";
        for (JsonNode content : gemini.path("contents")) {
            String role = content.path("role").asString();
            must(!role.equals(before), "contents of one side in a row");
            before = role;
            parts(content.path("parts"), role.equals("model"), messages);
        }
        must(before.equals("user"), "the last content is the user's");
        for (JsonNode function : gemini.path("tools").path(0).path("functionDeclarations")) {
            ObjectNode tool = out.withArray("tools").addObject().put("type", "function");
            tool.putObject("function")
                    .put("name", function.path("name").asString())
                    .put("description", function.path("description").asString(""))
                    .set("parameters", function.path("parametersJsonSchema"));
        }
        JsonNode config = gemini.path("generationConfig");
        JsonNode schema = config.path("responseJsonSchema");
        if (!schema.isMissingNode()) {
            must(config.path("responseMimeType").asString("").equals("application/json"), "a schema needs its type");
            out.set("format", schema);
        }
        return out.put(
                "think", config.path("thinkingConfig").path("includeThoughts").asBoolean(false));
    }

    private static void parts(JsonNode parts, boolean mine, ArrayNode messages) {
        must(!parts.isEmpty(), "contents.parts must not be empty");
        ObjectNode message = JSON.createObjectNode().put("role", mine ? "assistant" : "user");
        StringBuilder words = new StringBuilder();
        for (JsonNode part : parts) {
            if (part.has("functionResponse")) {
                JsonNode response = part.path("functionResponse");
                JsonNode calls = messages.path(messages.size() - 1).path("tool_calls");
                must(!calls.isEmpty(), "a function response comes right after a function call");
                must(response.path("response").isObject(), "a response is an object");
                messages.addObject()
                        .put("role", "tool")
                        .put("tool_name", response.path("name").asString())
                        .put("content", response.path("response").toString());
            } else if (part.has("functionCall")) {
                must(part.has("thoughtSignature"), "Function call is missing a thought_signature");
                message.withArray("tool_calls")
                        .addObject()
                        .putObject("function")
                        .put("name", part.path("functionCall").path("name").asString())
                        .set("arguments", part.path("functionCall").path("args"));
            } else if (part.has("inlineData")) {
                must(part.path("inlineData").path("mimeType").asString().startsWith("image/"), "no picture");
                message.withArray("images").add(part.path("inlineData").path("data"));
            } else {
                words.append(part.path("text").asString());
            }
        }
        if (words.length() > 0 || message.size() > 1) {
            messages.add(message.put("content", words.toString()));
        }
    }

    private void answer(HttpExchange exchange, ObjectNode asked, boolean stream) throws IOException {
        HttpURLConnection call = (HttpURLConnection) chat.toURL().openConnection();
        call.setDoOutput(true);
        call.getOutputStream().write(JSON.writeValueAsBytes(asked));
        must(call.getResponseCode() == 200, "the host answers " + call.getResponseCode());
        exchange.getResponseHeaders().set("Content-Type", stream ? "text/event-stream" : "application/json");
        exchange.sendResponseHeaders(200, 0);
        try (InputStream in = call.getInputStream();
                OutputStream out = exchange.getResponseBody()) {
            Iterator<String> lines = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .iterator();
            while (lines.hasNext()) {
                String said = JSON.writeValueAsString(said(JSON.readTree(lines.next())));
                out.write((stream ? "data: " + said + "\r\n\r\n" : said).getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    /** A line of the host's as one answer. */
    private static ObjectNode said(JsonNode line) {
        ObjectNode answer = JSON.createObjectNode();
        ObjectNode candidate = answer.putArray("candidates").addObject().put("index", 0);
        ArrayNode parts = candidate.putObject("content").put("role", "model").putArray("parts");
        JsonNode message = line.path("message");
        String thought = message.path("thinking").asString("");
        if (!thought.isEmpty()) {
            parts.addObject().put("text", thought).put("thought", true);
        }
        String text = message.path("content").asString("");
        if (!text.isEmpty()) {
            parts.addObject().put("text", text);
        }
        for (JsonNode call : message.path("tool_calls")) {
            JsonNode function = call.path("function");
            ObjectNode part = parts.addObject().put("thoughtSignature", "c2lnbmVk");
            part.putObject("functionCall")
                    .put("name", function.path("name").asString())
                    .set("args", function.path("arguments"));
        }
        if (line.path("done").asBoolean()) {
            candidate.put("finishReason", "STOP");
            answer.putObject("usageMetadata")
                    .put("promptTokenCount", line.path("prompt_eval_count").asInt())
                    .put("candidatesTokenCount", line.path("eval_count").asInt());
        }
        return answer;
    }

    @Override
    public void close() {
        http.stop(0);
        workers.shutdownNow();
    }
}
