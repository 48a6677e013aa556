package dev.krpo.worker.reward;

/** 1 if the completion is the answer, surrounding space aside (case counts); else 0. */
final class ExactMatch implements Reward {

    @Override
    public String name() {
        return "exact-match";
    }

    @Override
    public Score score(String completion, String answer) {
        return Score.of(name(), completion.strip().equals(answer.strip()) ? 1 : 0);
    }
}
