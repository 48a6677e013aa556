package dev.krpo.experiments.arithmetic;

import dev.krpo.settings.UsageException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Additions of a fixed form, drawn from a seed. The held-out questions are drawn first, so they do not depend on the
 * number of training questions; no training question adds the same numbers as a held-out one, in any order.
 *
 * @param train distinct questions to learn from
 * @param heldOut distinct questions to evaluate on
 */
public record ArithmeticQuestions(List<Addition> train, List<Addition> heldOut) {

    /**
     * An addition.
     *
     * @param terms the numbers added
     * @param digits of every term
     */
    public record Addition(List<Long> terms, int digits) {

        /** The text of the prompt, such as {@code 12+34=}. */
        public String text() {
            return terms.stream().map(String::valueOf).collect(Collectors.joining("+", "", "="));
        }

        /** The sum. */
        public String answer() {
            return Long.toString(terms.stream().mapToLong(Long::longValue).sum());
        }

        /** One line of JSONL, without the line feed. */
        public String toJson() {
            return "{\"question\":\"" + text() + "\",\"answer\":\"" + answer() + "\",\"num_terms\":" + terms.size()
                    + ",\"num_digits\":" + digits + "}";
        }

        private List<Long> sortedTerms() {
            return terms.stream().sorted().toList();
        }
    }

    /**
     * @param terms numbers per question, 2 to 16
     * @param digits digits of every number, 1 to 17; the leading digit is not 0 unless it is the only one
     * @param train number of training questions, at least 1
     * @param heldOut number of held-out questions, at least 0
     * @throws UsageException if a number is out of range or there are not that many questions of the form
     */
    public static ArithmeticQuestions generate(int terms, int digits, int train, int heldOut, long seed) {
        require("--terms", terms, 2, 16);
        require("--digits", digits, 1, 17);
        require("--count", train, 1, Integer.MAX_VALUE);
        require("--held-out-count", heldOut, 0, Integer.MAX_VALUE);
        long low = digits == 1 ? 0 : pow10(digits - 1);
        long high = pow10(digits);
        double available = Math.pow((double) (high - low), terms);
        SplittableRandom random = new SplittableRandom(seed);

        // A held-out question is unavailable to training in any order of its terms; a quarter leaves enough.
        if (heldOut > available / 4) {
            throw tooMany("--held-out-count", heldOut, terms, digits, available / 4);
        }
        Set<Addition> held = new LinkedHashSet<>();
        Set<List<Long>> heldTerms = new HashSet<>();
        while (held.size() < heldOut) {
            Addition question = draw(random, terms, digits, low, high);
            held.add(question);
            heldTerms.add(question.sortedTerms());
        }
        double left = available
                - heldTerms.stream().mapToDouble(ArithmeticQuestions::orders).sum();
        if (train > left) {
            throw tooMany("--count", train, terms, digits, left);
        }
        Set<Addition> learned = new LinkedHashSet<>();
        while (learned.size() < train) {
            Addition question = draw(random, terms, digits, low, high);
            if (!heldTerms.contains(question.sortedTerms())) {
                learned.add(question);
            }
        }
        return new ArithmeticQuestions(List.copyOf(learned), List.copyOf(held));
    }

    private static Addition draw(SplittableRandom random, int terms, int digits, long low, long high) {
        Long[] numbers = new Long[terms];
        Arrays.setAll(numbers, i -> random.nextLong(low, high));
        return new Addition(List.of(numbers), digits);
    }

    /** Number of distinct texts over all orders of the terms: n! / (m_1! m_2! ...). */
    private static double orders(List<Long> terms) {
        Map<Long, Integer> counts = new HashMap<>();
        terms.forEach(term -> counts.merge(term, 1, Integer::sum));
        double orders = factorial(terms.size());
        for (int count : counts.values()) {
            orders /= factorial(count);
        }
        return orders;
    }

    private static double factorial(int n) {
        double product = 1;
        for (int i = 2; i <= n; i++) {
            product *= i;
        }
        return product;
    }

    private static long pow10(int exponent) {
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= 10;
        }
        return power;
    }

    private static void require(String option, int value, int low, int high) {
        if (value < low || value > high) {
            throw new UsageException(option + " is " + value + "; use " + low + " to " + high);
        }
    }

    private static UsageException tooMany(String option, int asked, int terms, int digits, double available) {
        return new UsageException(String.format(
                "%s is %d, but additions of %d terms of %d digits leave only %.0f; request fewer or raise --digits",
                option, asked, terms, digits, available));
    }
}
