package dev.krpo.experiments;

import java.util.List;
import java.util.Map;

/** The colour of an arm: the same one in every figure of every experiment. */
final class ArmColour {

    /** Colour-blind-safe palette (Okabe and Ito 2008), without yellow, which is faint on white. */
    private static final List<String> PALETTE =
            List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d1f");

    /** Distinct colours for arms that are often compared; other names get a colour by hash. */
    private static final Map<String, Integer> FREQUENT = Map.of(
            "krpo-1", 0,
            "grpo-8", 1,
            "reinforce-1", 2,
            "reinforce-pp-1", 3,
            "spo-1", 4,
            "krpo-8", 5,
            "krpo-1-mean-reward", 6,
            "krpo-reference-8", 7);

    private ArmColour() {}

    static String of(String arm) {
        return PALETTE.get(FREQUENT.getOrDefault(arm, Math.floorMod(arm.hashCode(), PALETTE.size())));
    }
}
