package dev.deberta;

import java.lang.ref.Reference;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * A model that is ready to use. It never changes after opening and serves any number of threads at once, without a lock
 * on the way of a forward pass.
 *
 * <p>Answers have the order of their texts, and are the same, bit for bit, as for each text alone, whatever else is in
 * the call, however many threads run and however rows were padded.
 *
 * <p>{@link #close()} waits for the calls that are running; a call after it is an {@link IllegalStateException}. A
 * model that was forgotten is released when it is garbage.
 */
public final class Model implements AutoCloseable {
    private final NativeHandle handle;
    private final ModelInfo info;
    private final Optional<Tokenizer> tokenizer;

    private Model(long address) {
        handle = new NativeHandle("model", address, Native::closeModel);
        info = ModelInfo.read(new MessageReader(handle.use(Native::modelInfo)));
        long tokenizerAddress = handle.use(Native::modelTokenizer);
        tokenizer = tokenizerAddress == 0
                ? Optional.empty()
                : Optional.of(Tokenizer.ofModel(handle, tokenizerAddress));
    }

    /**
     * Opens a model folder with the defaults.
     *
     * @param folder as for {@link #open(Path, OpenOptions)}
     * @return the model, which the caller closes
     * @throws DebertaException whatever is wrong with the folder or its files
     */
    public static Model open(Path folder) {
        return open(folder, OpenOptions.defaults());
    }

    /**
     * Opens a model folder: {@code config.json}, weights in safetensors, of PyTorch or of a Keras preset, and where
     * there is one the tokenizer.
     *
     * @param folder the folder
     * @param options how to open it
     * @return the model, which the caller closes
     * @throws DebertaException whatever is wrong with the folder, its files or the options
     */
    public static Model open(Path folder, OpenOptions options) {
        MessageWriter request = new MessageWriter().text(folder.toString(), "folder");
        options.writeTo(request);
        return new Model(Native.openModel(request.toBytes(), stages(options)));
    }

    /**
     * Opens a model by its name, or by its folder. A name is that of a model which other programs, or the command
     * {@code deberta fetch}, left on this machine: {@code user/name} or {@code user/name@revision} on Hugging Face,
     * also with {@code hf://} in front, {@code kaggle://owner/model/framework/variation}, or a name of KerasHub such as
     * {@code deberta_v3_base_en}. Nothing is downloaded.
     *
     * @param name the name
     * @param options how to open it
     * @return the model, which the caller closes
     * @throws DebertaException {@link Status#NOT_FOUND} if the model is not on this machine, or as for
     *     {@link #open(Path, OpenOptions)}
     */
    public static Model fromPreset(String name, OpenOptions options) {
        MessageWriter request = new MessageWriter().text(name, "name");
        options.writeTo(request);
        return new Model(Native.openPreset(request.toBytes(), stages(options)));
    }

    /**
     * A model of these sizes with random weights, for measuring speed and memory without a checkpoint.
     *
     * @param config the sizes
     * @param seed the same weights for the same seed
     * @param options how to open it
     * @return the model, which the caller closes
     * @throws DebertaException {@link Status#INVALID_CONFIG} if a size is impossible or they do not fit together
     */
    public static Model fromBackbone(BackboneConfig config, long seed, OpenOptions options) {
        MessageWriter request = new MessageWriter();
        config.writeTo(request);
        options.withRandomSeed(seed).writeTo(request);
        return new Model(Native.openBackbone(request.toBytes(), stages(options)));
    }

    private static Native.StageReceiver stages(OpenOptions options) {
        return options.observer()
                .<Native.StageReceiver>map(observer -> (stage, bytes, totalBytes) ->
                        observer.onProgress(OpenStage.valueOf(stage.toUpperCase(Locale.ROOT)), bytes, totalBytes))
                .orElse(null);
    }

    /**
     * What the model consists of and runs with.
     *
     * @return its sizes, labels, files and how it computes; also of a closed model
     */
    public ModelInfo info() {
        return info;
    }

    /**
     * The model's tokenizer, which is closed with it.
     *
     * @return the tokenizer, if the folder has one
     */
    public Optional<Tokenizer> tokenizer() {
        return tokenizer;
    }

    /**
     * Classifies a text with the defaults.
     *
     * @param text the text
     * @return a score for each label
     * @throws DebertaException as for {@link #classify(List, ClassifyOptions)}
     */
    public Classification classify(String text) {
        return classify(List.of(TextInput.of(text)), ClassifyOptions.defaults()).get(0);
    }

    /**
     * Classifies texts with the model's sequence classification head.
     *
     * @param texts the texts
     * @param options how to classify
     * @return a classification for each text
     * @throws DebertaException {@link Status#UNSUPPORTED} for a model without this head, {@link Status#NOT_FOUND}
     *     without tokenizer, {@link Status#TOO_LONG} for a text that is too long for the options or the model, and what
     *     the options' limits end
     */
    public List<Classification> classify(List<TextInput> texts, ClassifyOptions options) {
        MessageWriter request = new MessageWriter();
        TextInput.write(request, texts, "texts");
        options.writeTo(request);
        return answer(Native::classify, request, options.run())
                .list(reader -> Classification.read(reader, info.labels()));
    }

    /**
     * Classifies texts by any labels, with a model that was trained on natural language inference.
     *
     * @param texts the texts
     * @param labels the labels to choose from
     * @param options how labels become hypotheses, and what their scores mean
     * @return a classification for each text, by the labels in the given order
     * @throws DebertaException {@link Status#INVALID_ARGUMENT} without labels, and for a template without exactly one
     *     slot; {@link Status#UNSUPPORTED} for a model that knows no entailment; otherwise as for {@link
     *     #classify(List, ClassifyOptions)}
     */
    public List<Classification> zeroShot(List<String> texts, List<String> labels, ZeroShotOptions options) {
        List<String> candidates = List.copyOf(labels);
        MessageWriter request = new MessageWriter().texts(texts, "texts").texts(candidates, "labels");
        options.writeTo(request);
        return answer(Native::zeroShot, request, options.run())
                .list(reader -> Classification.read(reader, candidates));
    }

    /**
     * Ranks documents by their score for a query, with a model that has one label: rerankers, and reward models with a
     * prompt and its answers.
     *
     * @param query the query
     * @param documents the documents
     * @param options how to rank
     * @return the documents, the highest score first and equal ones in their order
     * @throws DebertaException {@link Status#INVALID_ARGUMENT} for an empty query, without documents, and for a {@code
     *     topK} of 0; {@link Status#UNSUPPORTED} for a model with several labels; otherwise as for {@link
     *     #classify(List, ClassifyOptions)}
     */
    public List<Ranked> rank(String query, List<String> documents, RankOptions options) {
        MessageWriter request = new MessageWriter().text(query, "query").texts(documents, "documents");
        options.writeTo(request);
        return answer(Native::rank, request, options.run()).list(Ranked::read);
    }

    /**
     * Finds entities with the model's token classification head.
     *
     * @param texts the texts
     * @param options how to find them
     * @return the entities of each text
     * @throws DebertaException as for {@link #classify(List, ClassifyOptions)}
     */
    public List<Tagged> tag(List<String> texts, TagOptions options) {
        MessageWriter request = new MessageWriter().texts(texts, "texts");
        options.writeTo(request);
        return answer(Native::tag, request, options.run()).listOf(texts, Tagged::read);
    }

    /**
     * Finds the answers to questions in their contexts, with the model's question answering head.
     *
     * @param questions each question with its context as its pair
     * @param options how to answer
     * @return the answers to each question
     * @throws DebertaException {@link Status#INVALID_ARGUMENT} for a question without context, an empty question, and
     *     limits of 0; {@link Status#TOO_LONG} for a question that leaves no room in a window; otherwise as for {@link
     *     #classify(List, ClassifyOptions)}
     */
    public List<Answers> answer(List<TextInput> questions, AnswerOptions options) {
        MessageWriter request = new MessageWriter();
        TextInput.write(request, questions, "questions");
        options.writeTo(request);
        return answer(Native::answerQuestions, request, options.run())
                .listOf(questions, (reader, question) -> Answers.read(reader, question.pair().orElseThrow()));
    }

    /**
     * Fills each {@code [MASK]} of texts with the tokens that the model finds most probable.
     *
     * @param texts the texts
     * @param options how to fill
     * @return the masks of each text
     * @throws DebertaException {@link Status#INVALID_ARGUMENT} for a text without mask, for a candidate that is not one
     *     token and for a {@code topK} of 0; otherwise as for {@link #classify(List, ClassifyOptions)}
     */
    public List<FilledMasks> fillMask(List<String> texts, FillMaskOptions options) {
        MessageWriter request = new MessageWriter().texts(texts, "texts");
        options.writeTo(request);
        return answer(Native::fillMask, request, options.run()).listOf(texts, FilledMasks::read);
    }

    /**
     * Chooses among texts that may follow a prompt.
     *
     * @param prompt the prompt
     * @param choices the texts to choose from
     * @param options how to choose
     * @return a score for each choice
     * @throws DebertaException {@link Status#INVALID_ARGUMENT} without choices; otherwise as for
     *     {@link #classify(List, ClassifyOptions)}
     */
    public Classification choose(String prompt, List<String> choices, ChooseOptions options) {
        List<String> candidates = List.copyOf(choices);
        MessageWriter request = new MessageWriter().text(prompt, "prompt").texts(candidates, "choices");
        options.writeTo(request);
        return Classification.read(answer(Native::choose, request, options.run()), candidates);
    }

    /**
     * Makes one vector of each text. Any model will do, whatever its head.
     *
     * @param texts the texts
     * @param options how to embed
     * @return the vector of each text
     * @throws DebertaException {@link Status#INVALID_ARGUMENT} for a layer that the model does not have; otherwise as
     *     for {@link #classify(List, ClassifyOptions)}
     */
    public List<Embedding> embed(List<TextInput> texts, EmbedOptions options) {
        MessageWriter request = new MessageWriter();
        TextInput.write(request, texts, "texts");
        options.writeTo(request);
        return answer(Native::embed, request, options.run()).list(Embedding::read);
    }

    /**
     * {@link #embed} into a buffer of the caller, [texts, hidden size].
     *
     * @param texts the texts
     * @param options how to embed
     * @param target where the vectors go, from the buffer's position on, which moves behind them
     * @throws DebertaException {@link Status#BUFFER_TOO_SMALL} if there is no room for them; otherwise as for {@link
     *     #embed}
     * @throws ReadOnlyBufferException if the buffer cannot be written to
     */
    public void embedInto(List<TextInput> texts, EmbedOptions options, FloatBuffer target) {
        requireRoom(target, (long) texts.size() * info.hiddenSize());
        for (Embedding embedding : embed(texts, options)) {
            target.put(embedding.vector());
        }
    }

    /**
     * Explains what the model makes of a text: how relevant each token is, and the attention if asked for.
     *
     * @param input the text
     * @param options how to explain
     * @return the explanation
     * @throws DebertaException {@link Status#OUT_OF_MEMORY} if the attention takes too much memory; for occlusion
     *     {@link Status#UNSUPPORTED} without sequence classification head; otherwise as for {@link #classify(List,
     *     ClassifyOptions)}
     */
    public Explanation explain(TextInput input, ExplainOptions options) {
        MessageWriter request = new MessageWriter();
        input.writeTo(request, "input");
        options.writeTo(request);
        return Explanation.read(answer(Native::explain, request, options.run()), input);
    }

    /**
     * Encodes tokens.
     *
     * @param batch the tokens
     * @param options what to return beside the last hidden state, and how far to go
     * @return what the encoder gave
     * @throws DebertaException {@link Status#INVALID_ARGUMENT} for lengths that do not fit, an empty row, ids or token
     *     types that the model does not have; {@link Status#TOO_LONG} for a position beyond its absolute ones; what the
     *     options' limits end
     */
    public Encoded encode(Batch batch, EncodeOptions options) {
        MessageWriter request = new MessageWriter();
        options.writeTo(request);
        try {
            return handle.use(model -> Native.encode(
                    model,
                    batch.values,
                    batch.layout,
                    batch.tokenTypeIds,
                    batch.rows,
                    batch.length,
                    batch.embeddingSize,
                    request.toBytes()));
        } finally {
            Reference.reachabilityFence(options);
        }
    }

    /**
     * Tokenizes texts and encodes them together.
     *
     * @param texts the texts
     * @param tokenize how to tokenize; without windows
     * @param options what to return beside the last hidden state, and how far to go
     * @return what the encoder gave, and what the tokens are
     * @throws DebertaException as for {@link #encode(Batch, EncodeOptions)} and {@link Tokenizer#encodeAll}
     */
    public Encoded encode(List<TextInput> texts, TokenizeOptions tokenize, EncodeOptions options) {
        MessageWriter request = new MessageWriter();
        TextInput.write(request, texts, "texts");
        tokenize.writeTo(request);
        options.writeTo(request);
        try {
            return handle.use(model -> Native.encodeTexts(model, request.toBytes(), texts));
        } finally {
            Reference.reachabilityFence(options);
        }
    }

    /**
     * Encodes tokens into a buffer of the caller: the last hidden state, [tokens, hidden size] of ragged rows, [rows,
     * length, hidden size] of padded ones, with zeros for padding. A direct buffer in the machine's byte order is
     * written to where it is.
     *
     * @param batch the tokens
     * @param run limits of the call
     * @param target where the values go, from the buffer's position on, which moves behind them
     * @throws DebertaException {@link Status#BUFFER_TOO_SMALL} if there is no room for them; otherwise as for
     *     {@link #encode(Batch, EncodeOptions)}
     * @throws ReadOnlyBufferException if the buffer cannot be written to
     */
    public void encodeInto(Batch batch, RunOptions run, FloatBuffer target) {
        requireRoom(target, 0);
        MessageWriter request = new MessageWriter();
        EncodeOptions.defaults().withRun(run).writeTo(request);
        boolean isWritable = target.hasArray() || target.isDirect() && target.order() == ByteOrder.nativeOrder();
        // Neither an array nor memory in the machine's byte order: a view of bytes, which is rare.
        FloatBuffer destination = isWritable ? target : FloatBuffer.allocate(target.remaining());
        boolean isArray = destination.hasArray();
        Object memory = isArray ? destination.array() : destination.slice();
        int offset = isArray ? destination.arrayOffset() + destination.position() : 0;
        long written;
        try {
            written = handle.use(model -> Native.encodeInto(
                    model,
                    batch.values,
                    batch.layout,
                    batch.tokenTypeIds,
                    batch.rows,
                    batch.length,
                    batch.embeddingSize,
                    request.toBytes(),
                    memory,
                    offset,
                    destination.remaining()));
        } finally {
            Reference.reachabilityFence(run);
        }
        requireRoom(target, written);
        if (destination == target) {
            target.position(target.position() + (int) written);
        } else {
            target.put(destination.limit((int) written));
        }
    }

    /**
     * Rows of the word embedding table.
     *
     * @param ids token ids
     * @return [ids, embedding size]
     * @throws DebertaException {@link Status#INVALID_ARGUMENT} for an id that is not below the vocabulary's size
     */
    public float[] tokenEmbeddings(int... ids) {
        Objects.requireNonNull(ids, "ids");
        return handle.use(model -> Native.tokenEmbeddings(model, ids));
    }

    /**
     * Releases the model and ends its threads, when the calls that are running have ended; the second time does
     * nothing.
     *
     * @throws IllegalStateException when called from inside of a call of this model, that is from its observer
     */
    @Override
    public void close() {
        handle.close();
    }

    private static void requireRoom(FloatBuffer target, long values) {
        if (target.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
        if (values > target.remaining()) {
            throw new DebertaException(
                    Status.BUFFER_TOO_SMALL,
                    "the buffer has room for %d values, but there are %d".formatted(target.remaining(), values));
        }
    }

    private MessageReader answer(Task task, MessageWriter request, RunOptions run) {
        try {
            return new MessageReader(handle.use(
                    model -> task.answer(model, request.toBytes(), run.observer().orElse(null))));
        } finally {
            Reference.reachabilityFence(run);
        }
    }

    private interface Task {
        byte[] answer(long model, byte[] request, RunObserver observer);
    }
}
