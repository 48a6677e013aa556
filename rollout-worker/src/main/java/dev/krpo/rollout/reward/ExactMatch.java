package dev.krpo.rollout.reward;

/** 1 when the completion, without blanks around it, is the answer; 0 otherwise. */
record ExactMatch() implements Reward {

    @Override
    public String name() {
        return "exact-match";
    }

    @Override
    public double score(String completion, String answer) {
        return completion.trim().equals(answer.trim()) ? 1 : 0;
    }
}
