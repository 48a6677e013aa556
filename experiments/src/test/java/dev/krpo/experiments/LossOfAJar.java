package dev.krpo.experiments;

import dev.krpo.learner.loss.PolicyLoss;
import dev.krpo.learner.loss.PolicyLossFactory;
import dev.krpo.learner.loss.TokenLosses;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.util.List;

/** REINFORCE with a factor, which a jar on the class path of these tests provides. */
public final class LossOfAJar implements PolicyLossFactory {

    private static final Section SETTINGS = Section.of("trainer", "Policy loss of a jar", "trainer, replay");
    private static final Setting<Double> FACTOR = SETTINGS.number("factor", 1).doc("Factor of the loss of a jar.");

    @Override
    public String name() {
        return "of-a-jar";
    }

    @Override
    public String description() {
        return "REINFORCE with a factor";
    }

    @Override
    public List<Section> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public PolicyLoss create(Config config) {
        double factor = config.get(FACTOR);
        return input -> new TokenLosses(
                input.logProbs().mul(input.advantages()).mul(-factor),
                input.logProbs().zerosLike());
    }
}
