package dev.krpo.cli.prompts;

import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.settings.UsageException;
import java.util.Optional;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;

/** Options that ask questions in the model's chat template. */
public final class ChatOptions {

    @Option(
            names = "--chat",
            description = "Ask each question as a user's message in the model's chat template, up to where the answer"
                    + " begins.")
    private boolean chat;

    @Option(
            names = "--system",
            paramLabel = "TEXT",
            description = "With --chat: a system message before each question.")
    private String system;

    /** @throws UsageException for a system message without a chat */
    public void check() {
        if (!chat && system != null) {
            throw new UsageException("--system is a message of a chat; add --chat");
        }
    }

    /**
     * How a question becomes a prompt: unchanged or, with {@code --chat}, as a conversation.
     *
     * @param tokenizer of the model, if it is known
     * @throws UsageException if there is no model, or it has no usable chat template
     */
    public UnaryOperator<String> rendering(Optional<Tokenizer> tokenizer) {
        return chat
                ? new ChatQuestion(
                        tokenizer.orElseThrow(() -> new UsageException("--chat needs the model's chat template; name"
                                + " the model's directory with --model DIR or " + PolicySettings.BASE_MODEL)),
                        system)
                : UnaryOperator.identity();
    }
}
