package io.essaim.state;

import io.essaim.budget.BudgetWindow;
import io.essaim.budget.CloudUsage;
import io.essaim.budget.Ledger;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.zip.CRC32;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A ledger as text: a checksum over the agent's name and the rest, a space, and JSON. Unknown keys are ignored, so that a newer file can
 * be read.
 */
final class LedgerText {
    private static final JsonMapper JSON = new JsonMapper();

    private LedgerText() {}

    static String write(String agent, Ledger ledger) {
        String json = "{\"day\":" + json(ledger.day()) + ",\"month\":" + json(ledger.month()) + "}";
        return checksum(agent, json) + " " + json;
    }

    /** By hand: nothing in it needs an escape. */
    private static String json(BudgetWindow window) {
        return "{\"start\":\"" + window.start() + "\",\"begun\":\"" + window.begun() + "\",\"number\":"
                + window.number()
                + ",\"spent\":" + json(window.spent()) + ",\"reserved\":" + json(window.reserved()) + ",\"warned\":"
                + window.warned() + "}";
    }

    private static String json(CloudUsage amounts) {
        return "{\"requests\":" + amounts.requests() + ",\"tokens\":" + amounts.tokens() + ",\"cost\":" + amounts.cost()
                + "}";
    }

    /** A flipped bit must not change an amount. */
    private static String checksum(String agent, String json) {
        CRC32 crc = new CRC32();
        crc.update((agent + ' ' + json).getBytes(StandardCharsets.UTF_8));
        return Long.toHexString(crc.getValue());
    }

    /** @throws IllegalArgumentException if the text is not that of this agent's ledger */
    static Ledger read(String agent, String text) {
        String json = text.substring(text.indexOf(' ') + 1);
        if (!text.equals(checksum(agent, json) + " " + json)) {
            throw new IllegalArgumentException("a checksum is wrong");
        }
        try {
            JsonNode root = JSON.readTree(json);
            return new Ledger(window(root.path("day")), window(root.path("month")));
        } catch (JacksonException | DateTimeException e) {
            throw new IllegalArgumentException("not a ledger", e);
        }
    }

    private static BudgetWindow window(JsonNode node) {
        return new BudgetWindow(
                LocalDate.parse(node.path("start").stringValue()),
                LocalDate.parse(node.path("begun").stringValue()),
                node.path("number").longValue(),
                amounts(node.path("spent")),
                amounts(node.path("reserved")),
                node.path("warned").booleanValue());
    }

    private static CloudUsage amounts(JsonNode node) {
        return new CloudUsage(
                node.path("requests").longValue(),
                node.path("tokens").longValue(),
                node.path("cost").longValue());
    }
}
