package io.essaim.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever a person or a broken disk makes of a good file, the answer is rules or a list of problems. */
class RulesMutationTest {
    private static final List<String> PIECES = List.of(
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "\\u00",
            "null",
            "true",
            "-1",
            "1e999",
            "\"*\"",
            "\"dev2\"",
            "{}",
            "[]",
            "\"\"",
            "/",
            "//",
            "\n",
            "\u0000",
            "\"url\":",
            "\"openai\"",
            "99999999999",
            "é",
            "\"10s\"",
            "[[[[[[[[[[");
    private static final int ROUNDS = 20_000;

    @Test
    void mutatedFilesGiveRulesOrProblems() throws Exception {
        byte[] good = Files.readAllBytes(ShippedRulesTest.FILE);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int loaded = 0;
        for (int i = 0; i < ROUNDS; i++) {
            byte[] mutated = good;
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                mutated = mutate(mutated, random);
            }
            loaded += load(mutated, "seed " + seed + ", round " + i);
        }
        assertThat(loaded).as("mutants that are still good, seed %d", seed).isBetween(1, ROUNDS - 1);
    }

    private static int load(byte[] json, String round) {
        try {
            Rules rules = RulesLoader.load("m.json", json);
            assertThat(RulesReport.of(rules).lines()).as(round).allMatch(line -> line.length() <= 100);
            return 1;
        } catch (InvalidRules e) {
            long lines = new String(json, StandardCharsets.ISO_8859_1)
                            .chars()
                            .filter(c -> c == '\n' || c == '\r')
                            .count()
                    + 1;
            assertThat(e.problems()).as(round).isNotEmpty().allSatisfy(problem -> {
                assertThat(problem.line()).isBetween(1, (int) lines);
                assertThat(problem.column()).isBetween(1, json.length + 1);
                assertThat(problem.message()).isNotBlank();
                assertThat(problem.toString().lines()).hasSize(1);
            });
            return 0;
        } catch (RuntimeException | Error e) {
            throw new AssertionError(round + ":\n" + new String(json, StandardCharsets.UTF_8), e);
        }
    }

    private static byte[] mutate(byte[] json, Random random) {
        int from = random.nextInt(json.length + 1);
        int to = Math.min(json.length, from + random.nextInt(12));
        return switch (random.nextInt(5)) {
            case 0 -> splice(json, from, to, new byte[0]);
            case 1 -> splice(json, from, from, piece(random));
            case 2 -> splice(json, from, to, piece(random));
            case 3 ->
                splice(
                        json,
                        from,
                        from,
                        Arrays.copyOfRange(json, from, Math.min(json.length, from + random.nextInt(200))));
            default -> splice(json, from, Math.min(json.length, from + 1), new byte[] {(byte) random.nextInt(256)});
        };
    }

    private static byte[] piece(Random random) {
        return PIECES.get(random.nextInt(PIECES.size())).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] splice(byte[] json, int from, int to, byte[] piece) {
        byte[] spliced = new byte[json.length - (to - from) + piece.length];
        System.arraycopy(json, 0, spliced, 0, from);
        System.arraycopy(piece, 0, spliced, from, piece.length);
        System.arraycopy(json, to, spliced, from + piece.length, json.length - to);
        return spliced;
    }
}
