package dev.deberta;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One text, or two that belong together (premise and hypothesis, question and context).
 *
 * @param text the text, or the first of the two
 * @param pair the second text
 */
public record TextInput(String text, Optional<String> pair) {
    /**
     * Checks for {@code null}.
     *
     * @param text see {@link #text()}
     * @param pair see {@link #pair()}
     */
    public TextInput {
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(pair, "pair");
    }

    /**
     * One text.
     *
     * @param text the text
     * @return the input
     */
    public static TextInput of(String text) {
        return new TextInput(text, Optional.empty());
    }

    /**
     * Two texts that belong together.
     *
     * @param text the first of the two
     * @param pair the second text
     * @return the input
     */
    public static TextInput of(String text, String pair) {
        return new TextInput(text, Optional.of(pair));
    }

    /**
     * Texts, each on its own.
     *
     * @param texts the texts
     * @return an input for each
     */
    public static List<TextInput> ofAll(Collection<String> texts) {
        return texts.stream().map(TextInput::of).toList();
    }

    static void write(MessageWriter writer, Collection<TextInput> inputs, String name) {
        writer.list(inputs, name, (input, place) -> input.writeTo(writer, place));
    }

    void writeTo(MessageWriter writer, String name) {
        writer.text(text, name + ": text").optionalText(pair, name + ": pair");
    }
}
