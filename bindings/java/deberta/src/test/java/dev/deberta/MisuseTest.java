package dev.deberta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The misuse list of the C tests, as far as Java can express it: each has its status and says what is wrong. */
class MisuseTest {
    private static final String HALF_PAIR = "good \ud83d bad";

    private static Model model;
    private static Model bundled;

    @BeforeAll
    static void open() {
        model = Model.open(Repository.GOLDENS.resolve("token_types"), OpenOptions.defaults().withThreads(1));
        bundled = Model.open(Repository.BUNDLED_MODEL, OpenOptions.defaults().withThreads(1));
    }

    @AfterAll
    static void close() {
        model.close();
        bundled.close();
    }

    private static void refused(ThrowingCallable call, Status status, String part) {
        assertThatExceptionOfType(DebertaException.class)
                .isThrownBy(call)
                .withMessageContaining(part)
                .satisfies(error -> assertThat(error.status()).isEqualTo(status));
    }

    private static void refused(Batch batch, Status status, String part) {
        refused(() -> model.encode(batch, EncodeOptions.defaults()), status, part);
        FloatBuffer target = FloatBuffer.allocate(4096);
        refused(() -> model.encodeInto(batch, RunOptions.defaults(), target), status, part);
        assertThat(target.position()).isZero();
        assertThat(target.array()).containsOnly(0);
    }

    private static void ragged(String part, int[] ids, int... rowOffsets) {
        refused(Batch.ragged(ids, rowOffsets), Status.INVALID_ARGUMENT, part);
    }

    private static void padded(String part, int rows, int length, int... inputIds) {
        refused(Batch.padded(inputIds, rows, length), Status.INVALID_ARGUMENT, part);
    }

    @Test
    void raggedRows() {
        int vocabulary = model.info().vocabularySize();
        ragged("has no rows", new int[0], 0);
        ragged("has no rows", new int[0]);
        ragged("row 1 of the batch has no valid token", new int[] {5}, 0, 1, 1);
        ragged("row 0 of the batch has no valid token", new int[0], 0, 0);
        ragged("row_offsets goes from 0 to 1", new int[] {5, 6}, 0, 1);
        ragged("row_offsets goes from 0 to 3", new int[] {5, 6}, 0, 3);
        ragged("row_offsets goes from 1 to 2", new int[] {5, 6}, 1, 2);
        ragged("row_offsets[1] is 9", new int[] {5, 6}, 0, 9, 2);
        ragged("row_offsets[2] is 1 after 2", new int[] {5, 6}, 0, 2, 1, 2);
        ragged("row_offsets[1] is -1", new int[] {5, 6}, 0, -1, 2);
        ragged("row_offsets[1] is 2147483647", new int[] {5, 6}, 0, Integer.MAX_VALUE, 2);
        ragged("the vocabulary has", new int[] {5, vocabulary}, 0, 2);
        ragged("ids[0] is -1", new int[] {-1, 5}, 0, 2);
        Batch two = Batch.ofRows(new int[] {5, 6});
        refused(two.withTokenTypeIds(new int[] {0, 99}), Status.INVALID_ARGUMENT, "token types");
        refused(two.withTokenTypeIds(new int[] {0}), Status.INVALID_ARGUMENT, "token_type_ids has 1");
        refused(two.withTokenTypeIds(new int[] {0, -1}), Status.INVALID_ARGUMENT, "token_type_ids[1] is -1");
        refused(() -> two.withAttentionMask(new int[] {1, 1}), Status.INVALID_ARGUMENT, "no padding");
    }

    @Test
    void paddedRows() {
        padded("has 2 values", 0, 2, 5, 6);
        padded("has 2 values", 2, 0, 5, 6);
        padded("has no rows", 0, 0);
        padded("input_ids has 3 values", 2, 2, 5, 6, 7);
        padded("input_ids has 1 values", Integer.MAX_VALUE, Integer.MAX_VALUE, 5);
        padded("input_ids[0, 1] is -1", 1, 2, 5, -1);
        padded("input_ids[1, 0]", 2, 1, 5, Integer.MIN_VALUE);
        padded("the vocabulary has", 1, 2, 5, model.info().vocabularySize());
        refused(() -> Batch.padded(new int[] {5}, -1, 1), Status.INVALID_ARGUMENT, "rows is -1");
        refused(() -> Batch.padded(new int[] {5}, 1, -1), Status.INVALID_ARGUMENT, "length is -1");
        Batch two = Batch.padded(new int[] {5, 6}, 1, 2);
        Batch rows = Batch.padded(new int[] {5, 6, 7, 8}, 2, 2);
        refused(
                rows.withAttentionMask(new int[] {1, 1, 0, 0}),
                Status.INVALID_ARGUMENT,
                "row 1 of the batch has no valid");
        refused(two.withAttentionMask(new int[] {1, 2}), Status.INVALID_ARGUMENT, "attention_mask[0, 1] is 2");
        refused(two.withAttentionMask(new int[] {1, -1}), Status.INVALID_ARGUMENT, "attention_mask[0, 1] is -1");
        refused(two.withAttentionMask(new int[] {1}), Status.INVALID_ARGUMENT, "attention_mask has 1");
        refused(two.withTokenTypeIds(new int[] {0, -1}), Status.INVALID_ARGUMENT, "token_type_ids[0, 1] is -1");
        refused(two.withTokenTypeIds(new int[] {0, 99}), Status.INVALID_ARGUMENT, "token types");
    }

    @Test
    void embeddings() {
        int size = model.info().embeddingSize();
        float[] rows = new float[2 * size];
        refused(
                Batch.embeddings(new float[2 * size + 2], 1, 2, size + 1),
                Status.INVALID_ARGUMENT,
                "embeddings have size");
        refused(Batch.embeddings(rows, 1, 2, 0), Status.INVALID_ARGUMENT, "embedding size is 0");
        refused(Batch.embeddings(rows, 1, 3, size), Status.INVALID_ARGUMENT, "inputs_embeds has");
        Batch batch = Batch.embeddings(rows, 1, 2, size);
        refused(batch.withAttentionMask(new int[] {0, 0}), Status.INVALID_ARGUMENT, "no valid token");
        refused(batch.withAttentionMask(new int[] {7, 1}), Status.INVALID_ARGUMENT, "attention_mask[0, 0] is 7");
        rows[size + 1] = Float.NaN;
        refused(batch, Status.INVALID_ARGUMENT, "inputs_embeds[0, 1, 1] is NaN");
        refused(() -> Batch.embeddings(rows, 1, 2, -1), Status.INVALID_ARGUMENT, "embeddingSize is -1");
    }

    @Test
    void moreTokensThanPositions() {
        try (Model absolute = Model.open(Repository.GOLDENS.resolve("absolute_positions"))) {
            int most = absolute.info().maxPositionEmbeddings();
            int[] fitting = java.util.stream.IntStream.generate(() -> 5).limit(most).toArray();
            int[] tooMany = java.util.stream.IntStream.generate(() -> 5).limit(most + 1).toArray();
            refused(
                    () -> absolute.encode(Batch.ofRows(tooMany), EncodeOptions.defaults()),
                    Status.TOO_LONG,
                    "absolute positions");
            assertThat(absolute.encode(Batch.ofRows(fitting), EncodeOptions.defaults()).tokens()).isEqualTo(most);
        }
    }

    @Test
    void buffers() {
        Batch batch = Batch.ofRows(new int[] {5, 6});
        int needed = 2 * model.info().hiddenSize();
        FloatBuffer small = FloatBuffer.allocate(needed - 1);
        refused(
                () -> model.encodeInto(batch, RunOptions.defaults(), small),
                Status.BUFFER_TOO_SMALL,
                "but there are " + needed);
        assertThat(small.position()).isZero();
        FloatBuffer full = FloatBuffer.allocate(needed).position(1);
        refused(() -> model.encodeInto(batch, RunOptions.defaults(), full), Status.BUFFER_TOO_SMALL, "has room for");
        FloatBuffer readOnly = FloatBuffer.allocate(needed).asReadOnlyBuffer();
        assertThatThrownBy(() -> model.encodeInto(batch, RunOptions.defaults(), readOnly))
                .isInstanceOf(ReadOnlyBufferException.class);
        refused(
                () -> bundled.embedInto(List.of(TextInput.of("a")), EmbedOptions.defaults(), FloatBuffer.allocate(3)),
                Status.BUFFER_TOO_SMALL,
                "has room for 3");
        Encoded encoded = model.encode(batch, EncodeOptions.defaults());
        refused(() -> encoded.hiddenStates(0), Status.INVALID_ARGUMENT, "not asked for");
        refused(() -> encoded.attentions(0), Status.INVALID_ARGUMENT, "not asked for");
        Encoded layers = model.encode(batch, EncodeOptions.defaults().withHiddenStates(true));
        for (int beyond : List.of(-1, layers.hiddenStatesCount(), Integer.MAX_VALUE)) {
            refused(() -> layers.hiddenStates(beyond), Status.INVALID_ARGUMENT, "not of " + beyond);
        }
        refused(
                () -> model.encode(batch, EncodeOptions.defaults().withLayers(99)),
                Status.INVALID_ARGUMENT,
                "layer 99");
        refused(
                () -> model.encode(batch, EncodeOptions.defaults().withLayers(-1)),
                Status.INVALID_ARGUMENT,
                "layers is -1");
        refused(() -> model.tokenEmbeddings(5, model.info().vocabularySize()), Status.INVALID_ARGUMENT, "ids[1] is");
        refused(() -> model.tokenEmbeddings(-1), Status.INVALID_ARGUMENT, "ids[0] is -1");
    }

    @Test
    void textsThatAreNotUnicode() {
        List<TextInput> second = List.of(TextInput.of("good"), TextInput.of(HALF_PAIR));
        Tokenizer tokenizer = bundled.tokenizer().orElseThrow();
        refused(
                () -> bundled.classify(second, ClassifyOptions.defaults()),
                Status.INVALID_UTF8,
                "texts[1]: text has half");
        refused(
                () -> bundled.classify(List.of(TextInput.of("good", HALF_PAIR)), ClassifyOptions.defaults()),
                Status.INVALID_UTF8,
                "texts[0]: pair has half of a surrogate pair at index 5");
        refused(() -> tokenizer.encode("\udc00"), Status.INVALID_UTF8, "at index 0");
        refused(() -> tokenizer.id("\ud83d"), Status.INVALID_UTF8, "token has half");
        refused(
                () -> bundled.tag(List.of("good", HALF_PAIR), TagOptions.defaults()),
                Status.INVALID_UTF8,
                "texts[1] has half");
        refused(
                () -> bundled.zeroShot(List.of("a"), List.of(HALF_PAIR), ZeroShotOptions.defaults()),
                Status.INVALID_UTF8,
                "labels[0] has half");
        refused(
                () -> Model.open(Repository.BUNDLED_MODEL, OpenOptions.defaults().withTensorPrefix(HALF_PAIR)),
                Status.INVALID_UTF8,
                "tensorPrefix has half");
    }

    @Test
    void strangeButLegalTexts() {
        Tokenizer tokenizer = bundled.tokenizer().orElseThrow();
        Encoding withNul = tokenizer.encode("a\0b");
        assertThat(withNul.ranges().get(withNul.length() - 2).end()).isEqualTo(3);
        assertThat(tokenizer.encode("").length()).isEqualTo(2);
        assertThat(tokenizer.encode(TextInput.of("a", ""), TokenizeOptions.defaults()).length())
                .isEqualTo(tokenizer.encode("a").length() + 1);
        assertThat(bundled.classify(List.of(), ClassifyOptions.defaults())).isEmpty();
        assertThat(bundled.embed(List.of(), EmbedOptions.defaults())).isEmpty();
        assertThat(tokenizer.encodeAll(List.of(), TokenizeOptions.defaults())).isEmpty();
    }

    @Test
    void nothingToEncode() {
        refused(
                () -> bundled.encode(List.of(), TokenizeOptions.defaults(), EncodeOptions.defaults()),
                Status.INVALID_ARGUMENT,
                "has no rows");
        refused(
                () -> bundled.encode(
                        List.of(TextInput.of("")),
                        TokenizeOptions.defaults().withAddSpecialTokens(false),
                        EncodeOptions.defaults()),
                Status.INVALID_ARGUMENT,
                "row 0 of the batch has no valid token");
    }

    @Test
    void textsThatAreTooLong() {
        String text = "one two three four five six";
        TokenizeOptions four = TokenizeOptions.defaults().withMaxLength(4);
        Tokenizer tokenizer = bundled.tokenizer().orElseThrow();
        refused(() -> tokenizer.encode(TextInput.of(text), four), Status.TOO_LONG, "4");
        refused(
                () -> bundled.classify(List.of(TextInput.of(text)), ClassifyOptions.defaults().withTokenize(four)),
                Status.TOO_LONG,
                "input 0");
        refused(
                () -> tokenizer.encode(TextInput.of(text), four.withTruncation(Truncation.ONLY_SECOND)),
                Status.INVALID_ARGUMENT,
                "second");
        refused(
                () -> tokenizer.encode(TextInput.of(text), four.withMaxLength(-4)),
                Status.INVALID_ARGUMENT,
                "max_length is -4");
        refused(
                () -> bundled.encode(List.of(TextInput.of(text)), four.withWindows(), EncodeOptions.defaults()),
                Status.INVALID_ARGUMENT,
                "windows");
        refused(
                () -> bundled.classify(
                        List.of(TextInput.of(text)), ClassifyOptions.defaults().withTokenize(four.withWindowStride(9))),
                Status.INVALID_ARGUMENT,
                "stride is 9");
        Classification cut = bundled.classify(
                        List.of(TextInput.of(text)),
                        ClassifyOptions.defaults().withTokenize(four.withTruncation(Truncation.LONGEST_FIRST)))
                .get(0);
        TruncatedText truncated = cut.truncated().orElseThrow();
        assertThat(truncated.text().tokens()).isEqualTo(truncated.totalTokens() - 4);
        assertThat(truncated.text().firstByte()).isEqualTo(truncated.text().firstCodePoint()).isPresent();
        assertThat(truncated.pair().tokens()).isZero();
    }

    @Test
    void modelsThatDoNotServeATask() {
        record Wrong(String checkpoint, Status status, String part) {}
        for (Wrong wrong : List.of(
                new Wrong("masked_lm", Status.UNSUPPORTED, "masked language modelling head"),
                new Wrong("token_classification", Status.UNSUPPORTED, "token classification head"),
                new Wrong("multi_label", Status.NOT_FOUND, "tokenizer.json"))) {
            try (Model other = Model.open(Repository.GOLDENS.resolve(wrong.checkpoint))) {
                assertThat(other.tokenizer()).isEmpty();
                refused(() -> other.classify("good"), wrong.status, wrong.part);
                refused(
                        () -> other.encode(List.of(TextInput.of("a")), TokenizeOptions.defaults(), EncodeOptions.defaults()),
                        Status.NOT_FOUND,
                        "tokenizer.json");
            }
        }
        List<String> texts = List.of("a");
        refused(() -> bundled.tag(texts, TagOptions.defaults()), Status.UNSUPPORTED, "token classification");
        refused(() -> bundled.fillMask(texts, FillMaskOptions.defaults()), Status.UNSUPPORTED, "filling masks");
        refused(() -> bundled.choose("a", texts, ChooseOptions.defaults()), Status.UNSUPPORTED, "multiple choice");
        refused(() -> bundled.rank("a", texts, RankOptions.defaults()), Status.UNSUPPORTED, "one label");
        refused(() -> bundled.rank(" ", texts, RankOptions.defaults()), Status.INVALID_ARGUMENT, "query is empty");
        refused(() -> bundled.rank("a", List.of(), RankOptions.defaults()), Status.INVALID_ARGUMENT, "no documents");
        refused(
                () -> bundled.rank("a", texts, RankOptions.defaults().withTopK(0)),
                Status.INVALID_ARGUMENT,
                "top_k is 0");
        refused(
                () -> bundled.answer(List.of(TextInput.of("a", "b")), AnswerOptions.defaults()),
                Status.UNSUPPORTED,
                "question answering");
        refused(
                () -> bundled.zeroShot(texts, List.of(), ZeroShotOptions.defaults()),
                Status.INVALID_ARGUMENT,
                "no labels");
        refused(
                () -> bundled.zeroShot(texts, texts, ZeroShotOptions.defaults().withHypothesisTemplate("none")),
                Status.INVALID_ARGUMENT,
                "0 times {}");
        refused(() -> bundled.zeroShot(texts, texts, ZeroShotOptions.defaults()), Status.UNSUPPORTED, "entail");
        refused(
                () -> bundled.explain(TextInput.of("a"), ExplainOptions.defaults().withLabel(1)),
                Status.INVALID_ARGUMENT,
                "rollout does not depend on labels");
        refused(
                () -> bundled.embed(List.of(TextInput.of("a")), EmbedOptions.defaults().withLayer(99)),
                Status.INVALID_ARGUMENT,
                "layer 99");
    }

    @Test
    void idsAndTokensThatAreNotThere() {
        Tokenizer tokenizer = bundled.tokenizer().orElseThrow();
        refused(
                () -> tokenizer.decode(new int[] {1, 1 << 30}, false),
                Status.INVALID_ARGUMENT,
                "not in the vocabulary");
        refused(() -> tokenizer.decode(new int[] {-7}, false), Status.INVALID_ARGUMENT, "ids[0] is -7");
        assertThat(tokenizer.token(-1)).isEmpty();
        assertThat(tokenizer.token(Integer.MAX_VALUE)).isEmpty();
        assertThat(tokenizer.id("no such token")).isEmpty();
        assertThat(tokenizer.id("")).isEmpty();
    }

    @Test
    void foldersAndNames(@TempDir Path folder) throws IOException {
        refused(() -> Model.open(folder.resolve("nowhere")), Status.NOT_FOUND, "nowhere");
        refused(() -> Model.open(folder), Status.NOT_FOUND, "config.json");
        Files.writeString(folder.resolve("config.json"), "{");
        assertThatExceptionOfType(DebertaException.class)
                .isThrownBy(() -> Model.open(folder))
                .satisfies(error -> assertThat(error.status()).isEqualTo(Status.INVALID_CONFIG))
                .havingCause()
                .withMessageContaining("EOF");
        refused(() -> Model.open(folder.resolve("config.json")), Status.INVALID_ARGUMENT, "not a folder");
        refused(() -> Tokenizer.open(Repository.GOLDENS.resolve("cases.json")), Status.INVALID_TOKENIZER, "cases.json");
        refused(() -> Tokenizer.open(folder.resolve("tokenizer.json")), Status.NOT_FOUND, "tokenizer.json");
        refused(() -> Model.fromPreset("", OpenOptions.defaults()), Status.INVALID_ARGUMENT, "not the name of a model");
        refused(
                () -> Model.fromPreset("kaggle://user/model", OpenOptions.defaults()),
                Status.INVALID_ARGUMENT,
                "kaggle://OWNER");
        refused(
                () -> Model.fromPreset("user/no-such-model@v1", OpenOptions.defaults()),
                Status.NOT_FOUND,
                "deberta fetch");
    }

    @Test
    void optionsThatCannotBe(@TempDir Path folder) {
        OpenOptions options = OpenOptions.defaults();
        Path checkpoint = Repository.BUNDLED_MODEL;
        refused(() -> Model.open(checkpoint, options.withThreads(0)), Status.INVALID_ARGUMENT, "threads is 0");
        refused(() -> Model.open(checkpoint, options.withThreads(-1)), Status.INVALID_ARGUMENT, "threads is -1");
        refused(
                () -> Model.open(checkpoint, options.withThreads(1 << 20)),
                Status.INVALID_ARGUMENT,
                "threads is 1048576");
        refused(
                () -> Model.open(checkpoint, options.withTensorPrefix("elsewhere.")),
                Status.INVALID_CHECKPOINT,
                "elsewhere.");
        refused(
                () -> Model.open(checkpoint, options.withRandomSeed(1).withPackedCache(folder)),
                Status.INVALID_ARGUMENT,
                "random weights are not kept");
        List<InstructionSet> missing = new ArrayList<>(List.of(InstructionSet.values()));
        missing.removeAll(Deberta.instructionSets());
        refused(() -> Model.open(checkpoint, options.withInstructionSet(missing.get(0))), Status.UNSUPPORTED, "");
        BackboneConfig backbone = BackboneConfig.of(50, 2, 3, 24, 40);
        refused(
                () -> Model.fromBackbone(BackboneConfig.of(50, 2, 5, 24, 40), 1, options),
                Status.INVALID_CONFIG,
                "num_heads");
        refused(
                () -> Model.fromBackbone(backbone.withBucketSize(-1), 1, options),
                Status.INVALID_ARGUMENT,
                "bucket_size is -1");
        RunOptions none = RunOptions.defaults().withBatchTokens(0);
        refused(
                () -> bundled.classify(List.of(TextInput.of("a")), ClassifyOptions.defaults().withRun(none)),
                Status.INVALID_ARGUMENT,
                "batch_tokens is 0");
    }

    @Test
    void nothingIsNull() {
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> Model.open(null),
                () -> Model.open(Repository.BUNDLED_MODEL, null),
                () -> Model.fromPreset(null, OpenOptions.defaults()),
                () -> Tokenizer.open(null),
                () -> TextInput.of(null),
                () -> TextInput.of("a", null),
                () -> Batch.ofRows((int[][]) null),
                () -> Batch.ragged(new int[0], null),
                () -> Batch.padded((int[]) null, 1, 1),
                () -> model.encode(null, EncodeOptions.defaults()),
                () -> model.encode(Batch.ofRows(new int[] {5}), null),
                () -> model.encodeInto(Batch.ofRows(new int[] {5}), RunOptions.defaults(), null),
                () -> bundled.classify((String) null),
                () -> bundled.classify(null, ClassifyOptions.defaults()),
                () -> bundled.classify(java.util.Collections.singletonList(null), ClassifyOptions.defaults()),
                () -> bundled.classify(List.of(TextInput.of("a")), null),
                () -> bundled.rank(null, List.of("a"), RankOptions.defaults()),
                () -> bundled.tokenizer().orElseThrow().decode(null, false),
                () -> ClassifyOptions.defaults().withRun(null),
                () -> RunOptions.defaults().withTimeout(null),
                () -> Deberta.setLogListener(null, System.Logger.Level.INFO))) {
            assertThatThrownBy(call).isInstanceOf(NullPointerException.class);
        }
    }
}
