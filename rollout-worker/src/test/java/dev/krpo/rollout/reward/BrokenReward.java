package dev.krpo.rollout.reward;

/** Throws for the answers {@code throw} and {@code error}, gives NaN for {@code nan}, and the completion's length for any other. */
public final class BrokenReward implements Reward {

    @Override
    public String name() {
        return "broken";
    }

    @Override
    public Score score(String completion, String answer) {
        if (answer.equals("throw")) {
            throw new IllegalStateException("this answer breaks it");
        }
        if (answer.equals("error")) {
            throw new AssertionError("no exception, but an error");
        }
        if (answer.equals("null")) {
            return null;
        }
        return Score.of(name(), answer.equals("nan") ? Double.NaN : completion.length());
    }
}
