package dev.krpo.experiments.arithmetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.experiments.arithmetic.ArithmeticQuestions.Addition;
import dev.krpo.settings.UsageException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArithmeticQuestionsTest {

    @Test
    void shouldDrawTheSameQuestionsFromTheSameSeed() {
        ArithmeticQuestions first = ArithmeticQuestions.generate(2, 2, 200, 50, 7);

        assertThat(ArithmeticQuestions.generate(2, 2, 200, 50, 7)).isEqualTo(first);
        assertThat(ArithmeticQuestions.generate(2, 2, 200, 50, 8)).isNotEqualTo(first);
    }

    @Test
    void shouldKeepTheHeldOutQuestionsWhenTheTrainingSetGrows() {
        ArithmeticQuestions few = ArithmeticQuestions.generate(2, 2, 100, 50, 7);
        ArithmeticQuestions many = ArithmeticQuestions.generate(2, 2, 1000, 50, 7);

        assertThat(many.heldOut()).isEqualTo(few.heldOut());
        assertThat(many.train()).startsWith(few.train().toArray(Addition[]::new));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldNeverTrainOnTheTermsOfAHeldOutQuestion(long seed) {
        ArithmeticQuestions questions = ArithmeticQuestions.generate(3, 1, 300, 60, seed);
        Set<List<Long>> held = new HashSet<>();
        questions
                .heldOut()
                .forEach(question -> held.add(question.terms().stream().sorted().toList()));

        assertThat(questions.train())
                .as("seed %d", seed)
                .hasSize(300)
                .doesNotHaveDuplicates()
                .noneMatch(question ->
                        held.contains(question.terms().stream().sorted().toList()));
        assertThat(questions.heldOut()).hasSize(60).doesNotHaveDuplicates();
    }

    @Test
    void shouldWriteTheSumAndTheFormOfTheQuestion() {
        Addition question = new Addition(List.of(12L, 34L, 56L), 2);

        assertThat(question.toJson())
                .isEqualTo("{\"question\":\"12+34+56=\",\"answer\":\"102\",\"num_terms\":3,\"num_digits\":2}");
    }

    @Test
    void shouldGiveEveryTermItsDigits() {
        assertThat(ArithmeticQuestions.generate(2, 3, 500, 0, 7).train())
                .flatExtracting(Addition::terms)
                .allSatisfy(term -> assertThat(term).isBetween(100L, 999L));
    }

    @Test
    void shouldDrawEveryPossibleQuestion() {
        assertThat(ArithmeticQuestions.generate(2, 1, 100, 0, 7).train()).hasSize(100);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 2, 10, 5, --terms is 1; use 2 to 16",
        "2, 0, 10, 5, --digits is 0; use 1 to 17",
        "2, 1, 0, 5, --count is 0",
        "2, 1, 10, -1, --held-out-count is -1",
        "2, 1, 101, 0, '--count is 101, but additions of 2 terms of 1 digits leave only 100; request fewer'",
        "2, 1, 10, 26, '--held-out-count is 26, but additions of 2 terms of 1 digits leave only 25'",
    })
    void shouldRejectInvalidOptions(int terms, int digits, int train, int heldOut, String problem) {
        assertThatThrownBy(() -> ArithmeticQuestions.generate(terms, digits, train, heldOut, 7))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(problem);
    }
}
