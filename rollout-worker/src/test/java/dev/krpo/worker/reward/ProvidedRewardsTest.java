package dev.krpo.worker.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rewards in user jars, working and broken ones. */
class ProvidedRewardsTest {

    private static final String NAMED_MINE = "public String name() { return \"mine\"; }";

    @TempDir
    private Path folder;

    private static Reward load(String name, Path... jars) throws IOException {
        URL[] urls = new URL[jars.length];
        for (int i = 0; i < jars.length; i++) {
            urls[i] = jars[i].toUri().toURL();
        }
        try (URLClassLoader classpath = new URLClassLoader(urls, Reward.class.getClassLoader())) {
            return Rewards.on(classpath).named(name);
        }
    }

    @Test
    void shouldFindARewardAmongBrokenOnes() throws IOException {
        Path broken = RewardJar.named(folder.resolve("broken.jar"), "Missing").write();
        Path good = RewardJar.named(folder.resolve("good.jar"), "# mine", "", "Mine # the only one")
                .with("public", "Mine", NAMED_MINE)
                .write();

        assertThat(load("mine", broken, good).score(RewardInput.of("", "abc", "")))
                .isEqualTo(Score.of("length", 3));
    }

    @Test
    void shouldNameClassJarReasonAndRemedyOfEachBrokenOne() {
        Path missing = RewardJar.named(folder.resolve("missing.jar"), "Missing").write();
        Path hidden = RewardJar.named(folder.resolve("hidden.jar"), "Hidden", "Eager", "java.lang.Object")
                .with("", "Hidden", "")
                .with("public", "Eager", "public Eager() { throw new IllegalStateException(\"no model\"); }")
                .write();

        assertThatThrownBy(() -> load("mine", missing, hidden))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("there is no reward \"mine\"")
                .hasMessageContaining("Missing in " + missing
                        + " (java.lang.ClassNotFoundException: Missing): compile the class into the jar")
                .hasMessageContaining("Hidden in " + hidden)
                .hasMessageContaining("make the class public, with a public constructor without parameters")
                .hasMessageContaining("Eager in " + hidden
                        + " (java.lang.IllegalStateException: no model): correct the class or remove the jar")
                .hasMessageContaining("java.lang.Object in " + hidden + " (java.lang.ClassCastException");
    }

    @Test
    void shouldLocateTwoRewardsOfTheSameName() {
        Path one = RewardJar.named(folder.resolve("mine-1.jar"), "Mine")
                .with("public", "Mine", NAMED_MINE)
                .write();
        Path two = RewardJar.named(folder.resolve("mine-2.jar"), "Mine")
                .with("public", "Mine", NAMED_MINE)
                .write();

        assertThatThrownBy(() -> load("mine", one, two))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 rewards are named \"mine\": Mine in " + one + " and Mine in " + two);
    }
}
