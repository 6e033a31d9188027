package io.essaim.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.essaim.budget.BudgetWindow;
import io.essaim.budget.CloudUsage;
import io.essaim.budget.Ledger;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;

class LedgerTextTest {
    private static final Ledger LEDGER = new Ledger(
            new BudgetWindow(
                    LocalDate.parse("2026-11-23"),
                    LocalDate.parse("2026-11-24"),
                    7,
                    new CloudUsage(1, 2, 3),
                    new CloudUsage(4, 5, Long.MAX_VALUE),
                    true),
            new BudgetWindow(LocalDate.EPOCH, LocalDate.EPOCH, 0, CloudUsage.NONE, new CloudUsage(0, 0, 1), false));

    @Test
    void whatIsWrittenIsRead() {
        assertThat(LedgerText.read("drh", LedgerText.write("drh", LEDGER))).isEqualTo(LEDGER);
        assertThat(LedgerText.read("drh", LedgerText.write("drh", Ledger.EMPTY)))
                .isEqualTo(Ledger.EMPTY);
    }

    @Test
    void noDigitChangesUnseen() {
        String text = LedgerText.write("drh", LEDGER);
        for (int i = 0; i < text.length(); i++) {
            String changed = text.substring(0, i) + (text.charAt(i) == '1' ? '2' : '1') + text.substring(i + 1);
            assertThatThrownBy(() -> LedgerText.read("drh", changed))
                    .as(changed)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> LedgerText.read("rssi", text)).isInstanceOf(IllegalArgumentException.class);
    }
}
