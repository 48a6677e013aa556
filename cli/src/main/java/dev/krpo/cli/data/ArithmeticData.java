package dev.krpo.cli.data;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/** Seeded questions such as {@code 12+34=}; all distinct. */
public final class ArithmeticData {

    private ArithmeticData() {}

    /**
     * @param terms numbers added, >= 2
     * @param digits of each number, 1 to 9
     * @throws IllegalArgumentException if there are not so many distinct questions
     */
    public static List<ArithmeticQuestion> generate(int terms, int digits, int count, long seed) {
        if (terms < 2 || digits < 1 || digits > 9) {
            throw new IllegalArgumentException(
                    "terms is " + terms + " and digits " + digits + "; terms >= 2 and 1 <= digits <= 9 are needed");
        }
        long lowest = digits == 1 ? 0 : (long) Math.pow(10, digits - 1);
        long highest = (long) Math.pow(10, digits);
        double possible = Math.pow(highest - lowest, terms);
        if (count > possible * 0.9) {
            throw new IllegalArgumentException(String.format(
                    "%d distinct questions are too many: there are %.0f of %d terms with %d digits",
                    count, possible, terms, digits));
        }
        Random random = new Random(seed);
        Set<ArithmeticQuestion> questions = new LinkedHashSet<>();
        while (questions.size() < count) {
            long[] numbers = IntStream.range(0, terms)
                    .mapToLong(i -> lowest + (long) (random.nextDouble() * (highest - lowest)))
                    .toArray();
            StringBuilder question = new StringBuilder();
            long sum = 0;
            for (long number : numbers) {
                question.append(question.isEmpty() ? "" : "+").append(number);
                sum += number;
            }
            questions.add(new ArithmeticQuestion(question.append('=').toString(), Long.toString(sum), terms, digits));
        }
        return new ArrayList<>(questions);
    }
}
