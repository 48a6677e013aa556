package dev.krpo.worker.reward;

/** 1 if the completion equals the answer, ignoring surrounding space (case matters); else 0. */
public final class ExactMatch implements Reward {

    static final String NAME = "exact-match";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "1 for the answer alone, else 0";
    }

    @Override
    public Score score(RewardInput input) {
        return Score.of(NAME, input.completion().strip().equals(input.answer().strip()) ? 1 : 0);
    }
}
