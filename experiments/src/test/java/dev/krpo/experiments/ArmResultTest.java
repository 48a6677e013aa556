package dev.krpo.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArmResultTest {

    @Test
    void shouldInterpolateWhereTheMeanCurveFirstReachesAnAccuracy() {
        ArmResult arm = arm(curve(0.2, 0.4, 0.8), curve(0.2, 0.6, 0.8));

        // The mean is 0.2, 0.5 and 0.8 at 0, 100 and 200 rollouts.
        assertThat(arm.rolloutsTo(0.65).value()).isCloseTo(150, within(1e-9));
        assertThat(arm.rolloutsTo(0.1).value()).isZero();
        assertThat(arm.rolloutsTo(0.9).value()).isInfinite();
    }

    @Test
    void shouldKeepTheIntervalAroundTheValueWhenSeedsDiffer() {
        Interval95 reached = arm(curve(0.2, 0.4, 0.8), curve(0.2, 0.6, 0.8), curve(0.2, 0.5, 0.8))
                .rolloutsTo(0.5);

        assertThat(reached.low()).isLessThan(reached.value());
        assertThat(reached.high()).isGreaterThan(reached.value());
    }

    @Test
    void shouldGiveTheShareOfARunNeededToReachTheReference() {
        ArmResult reference = arm(curve(0.2, 0.4, 0.6), curve(0.2, 0.4, 0.6));
        ArmResult fast = arm(curve(0.2, 0.6, 0.9), curve(0.2, 0.6, 0.9));

        assertThat(fast.shareToReach(reference)).isEqualTo(new Interval95(0.5, 0.5, 0.5));
        assertThat(reference.shareToReach(reference).value()).isEqualTo(1);
        assertThat(reference.shareToReach(fast).value()).isInfinite();
    }

    @Test
    void shouldTakeTheTrapezoidUnderTheCurve() {
        assertThat(curve(0.2, 0.4, 0.8).area()).isCloseTo((0.3 + 0.6) / 2, within(1e-12));
    }

    @Test
    void shouldAverageTheLastTenthForTheFinalAccuracy() {
        double[] accuracies = new double[41];
        accuracies[37] = 0.2;
        accuracies[38] = 0.4;
        accuracies[39] = 0.6;
        accuracies[40] = 0.8;

        assertThat(curve(accuracies).finalAccuracy()).isCloseTo(0.5, within(1e-12));
    }

    private static ArmResult arm(RunResult... seeds) {
        return new ArmResult(List.of(seeds));
    }

    private static RunResult curve(double... accuracies) {
        List<RunResult.Point> points = new ArrayList<>();
        for (int i = 0; i < accuracies.length; i++) {
            points.add(new RunResult.Point(100L * i, i, 0, accuracies[i], 0, i));
        }
        return new RunResult(points);
    }
}
