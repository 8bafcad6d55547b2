package dev.deberta;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongFunction;

/**
 * Text to ids and back. It is immutable: one tokenizer serves any number of threads at once.
 *
 * <p>That of a model belongs to the model and is closed with it. One that was opened alone is closed by its user;
 * forgotten, it is released when it is garbage.
 */
public final class Tokenizer implements AutoCloseable {
    /** What the tokenizer lives in: its own handle, or that of its model. */
    private final NativeHandle handle;

    private final long address;
    private final boolean isOfModel;
    private final int vocabularySize;
    private final SpecialTokens specialTokens;

    private Tokenizer(NativeHandle handle, long address, boolean isOfModel) {
        this.handle = handle;
        this.address = address;
        this.isOfModel = isOfModel;
        MessageReader info = new MessageReader(use(Native::tokenizerInfo));
        vocabularySize = info.integer();
        specialTokens = SpecialTokens.read(info);
    }

    /**
     * Opens a tokenizer alone.
     *
     * @param path a {@code tokenizer.json}
     * @return the tokenizer, which the caller closes
     * @throws DebertaException if the file cannot be read or is no Hugging Face tokenizer
     */
    public static Tokenizer open(Path path) {
        long address = Native.openTokenizer(new MessageWriter().text(path.toString(), "path").toBytes());
        return new Tokenizer(new NativeHandle("tokenizer", address, Native::closeTokenizer), address, false);
    }

    /** The tokenizer at an address in a model. */
    static Tokenizer ofModel(NativeHandle model, long address) {
        return new Tokenizer(model, address, true);
    }

    /**
     * Tokenizes a text with special tokens.
     *
     * @param text the text
     * @return its tokens
     */
    public Encoding encode(String text) {
        return encode(TextInput.of(text), TokenizeOptions.defaults());
    }

    /**
     * Tokenizes a text, or two.
     *
     * @param input the text or texts
     * @param options how to tokenize; without windows
     * @return the tokens
     * @throws DebertaException {@link Status#TOO_LONG} for more tokens than {@code options} allow
     */
    public Encoding encode(TextInput input, TokenizeOptions options) {
        return encodeAll(List.of(input), options).get(0);
    }

    /**
     * Tokenizes texts in parallel.
     *
     * @param inputs the texts
     * @param options how to tokenize; without windows
     * @return one encoding for each, in their order
     * @throws DebertaException that of the first input that fails, whose index is in the message
     */
    public List<Encoding> encodeAll(List<TextInput> inputs, TokenizeOptions options) {
        MessageWriter writer = new MessageWriter();
        TextInput.write(writer, inputs, "inputs");
        options.writeTo(writer);
        return new MessageReader(use(tokenizer -> Native.tokenize(tokenizer, writer.toBytes())))
                .listOf(inputs, Encoding::read);
    }

    /**
     * Turns ids back into text.
     *
     * @param ids the ids
     * @param skipSpecialTokens whether to leave out {@code [CLS]}, {@code [SEP]} and their like
     * @return the text
     * @throws DebertaException {@link Status#INVALID_ARGUMENT} for an id that the vocabulary does not have
     */
    public String decode(int[] ids, boolean skipSpecialTokens) {
        Objects.requireNonNull(ids, "ids");
        return use(tokenizer -> Native.decode(tokenizer, ids, skipSpecialTokens));
    }

    /**
     * The token of an id.
     *
     * @param id the id
     * @return the token as the vocabulary spells it; empty for an id that it does not have
     */
    public Optional<String> token(int id) {
        return Optional.ofNullable(use(tokenizer -> Native.token(tokenizer, id)));
    }

    /**
     * The id of a token.
     *
     * @param token the token, written as in the vocabulary ({@code "▁word"}, {@code "[SEP]"})
     * @return the id; empty if there is no such token
     */
    public OptionalInt id(String token) {
        byte[] request = new MessageWriter().text(token, "token").toBytes();
        int id = use(tokenizer -> Native.id(tokenizer, request));
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /**
     * Number of tokens, added tokens included. A model's embedding table usually has more rows than this.
     *
     * @return the number
     */
    public int vocabularySize() {
        return vocabularySize;
    }

    /**
     * Ids of the special tokens.
     *
     * @return the ids
     */
    public SpecialTokens specialTokens() {
        return specialTokens;
    }

    /** Releases the tokenizer when no call uses it any more; does nothing for that of a model, and the second time. */
    @Override
    public void close() {
        if (!isOfModel) {
            handle.close();
        }
    }

    private <T> T use(LongFunction<T> function) {
        return handle.use(handleAddress -> function.apply(address));
    }
}
