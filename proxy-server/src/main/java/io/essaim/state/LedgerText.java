package io.essaim.state;

import io.essaim.budget.Amounts;
import io.essaim.budget.Ledger;
import io.essaim.budget.Window;
import java.time.DateTimeException;
import java.time.LocalDate;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A ledger as text, in JSON. Unknown keys are ignored, so that a newer file can be read. */
final class LedgerText {
    private static final JsonMapper JSON = new JsonMapper();

    private LedgerText() {}

    static String write(Ledger ledger) {
        ObjectNode root = JSON.createObjectNode();
        write(root.putObject("day"), ledger.day());
        write(root.putObject("month"), ledger.month());
        return root.toString();
    }

    private static void write(ObjectNode node, Window window) {
        node.put("start", window.start().toString());
        node.put("begun", window.begun().toString());
        node.put("number", window.number());
        write(node.putObject("spent"), window.spent());
        write(node.putObject("reserved"), window.reserved());
        node.put("warned", window.warned());
    }

    private static void write(ObjectNode node, Amounts amounts) {
        node.put("requests", amounts.requests());
        node.put("tokens", amounts.tokens());
        node.put("cost", amounts.cost());
    }

    /** @throws IllegalArgumentException if the text is not that of a ledger */
    static Ledger read(String text) {
        try {
            JsonNode root = JSON.readTree(text);
            return new Ledger(window(root.path("day")), window(root.path("month")));
        } catch (JacksonException | DateTimeException e) {
            throw new IllegalArgumentException("not a ledger", e);
        }
    }

    private static Window window(JsonNode node) {
        return new Window(
                LocalDate.parse(node.path("start").stringValue()),
                LocalDate.parse(node.path("begun").stringValue()),
                node.path("number").longValue(),
                amounts(node.path("spent")),
                amounts(node.path("reserved")),
                node.path("warned").booleanValue());
    }

    private static Amounts amounts(JsonNode node) {
        return new Amounts(
                node.path("requests").longValue(),
                node.path("tokens").longValue(),
                node.path("cost").longValue());
    }
}
