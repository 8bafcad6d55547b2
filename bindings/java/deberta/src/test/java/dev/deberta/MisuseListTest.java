package dev.deberta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The list of misuse that all languages share: each call is refused with its status and a message that says why. */
class MisuseListTest {
    @TempDir
    private Path folder;

    /** An entry of the list: a call, its arguments, and how it is refused. A text is a list of one string or of two. */
    record Misuse(
            String call,
            Status status,
            String message,
            String model,
            String name,
            Integer threads,
            String tensorPrefix,
            boolean withTaskTokenizer,
            int[] ids,
            int[] rowOffsets,
            int[] inputIds,
            int[] attentionMask,
            int[] tokenTypeIds,
            int embeddingSize,
            int rows,
            int length,
            List<String> text,
            List<List<String>> texts,
            Integer maxLength,
            String truncation,
            Integer windowStride,
            Boolean addSpecialTokens,
            String query,
            List<String> documents,
            List<String> labels,
            List<String> choices,
            String hypothesisTemplate,
            Integer label) {
        @Override
        public String toString() {
            return "%s: %s".formatted(call, message);
        }

        private static TextInput input(List<String> text) {
            return text.size() == 2 ? TextInput.of(text.get(0), text.get(1)) : TextInput.of(text.get(0));
        }

        private List<TextInput> inputs() {
            return texts.stream().map(Misuse::input).toList();
        }

        private List<String> singleTexts() {
            return texts.stream().map(text -> text.get(0)).toList();
        }

        private OpenOptions opening() {
            OpenOptions options = OpenOptions.defaults().withThreads(threads == null ? 1 : threads);
            return tensorPrefix == null ? options : options.withTensorPrefix(tensorPrefix);
        }

        private TokenizeOptions tokenizing() {
            TokenizeOptions options = TokenizeOptions.defaults();
            if (maxLength != null) {
                options = options.withMaxLength(maxLength);
            }
            if (truncation != null) {
                options = options.withTruncation(Truncation.valueOf(truncation.toUpperCase(Locale.ROOT)));
            }
            if (windowStride != null) {
                options = options.withWindowStride(windowStride);
            }
            return addSpecialTokens == null ? options : options.withAddSpecialTokens(addSpecialTokens);
        }

        private Batch batch() {
            Batch batch =
                    switch (call) {
                        case "encode_ragged" -> Batch.ragged(ids, rowOffsets);
                        case "encode_padded" -> Batch.padded(inputIds, rows, length);
                        default -> Batch.embeddings(
                                new float[rows * length * embeddingSize], rows, length, embeddingSize);
                    };
            batch = attentionMask == null ? batch : batch.withAttentionMask(attentionMask);
            return tokenTypeIds == null ? batch : batch.withTokenTypeIds(tokenTypeIds);
        }

        private void ask(Model model) {
            switch (call) {
                case "encode_ragged", "encode_padded", "encode_embeddings" ->
                    model.encode(batch(), EncodeOptions.defaults());
                case "token_embeddings" -> model.tokenEmbeddings(ids);
                case "decode" -> model.tokenizer().orElseThrow().decode(ids, false);
                case "tokenize" -> model.tokenizer().orElseThrow().encode(input(text), tokenizing());
                case "encode_texts" -> model.encode(inputs(), tokenizing(), EncodeOptions.defaults());
                case "classify" -> model.classify(inputs(), ClassifyOptions.defaults().withTokenize(tokenizing()));
                case "embed" -> model.embed(inputs(), EmbedOptions.defaults().withTokenize(tokenizing()));
                case "tag" -> model.tag(singleTexts(), TagOptions.defaults().withTokenize(tokenizing()));
                case "answer" -> model.answer(inputs(), AnswerOptions.defaults());
                case "fill_mask" ->
                    model.fillMask(singleTexts(), FillMaskOptions.defaults().withTokenize(tokenizing()));
                case "rank" -> model.rank(query, documents, RankOptions.defaults().withTokenize(tokenizing()));
                case "choose" ->
                    model.choose(text.get(0), choices, ChooseOptions.defaults().withTokenize(tokenizing()));
                case "zero_shot" -> {
                    ZeroShotOptions options = ZeroShotOptions.defaults().withTokenize(tokenizing());
                    options = hypothesisTemplate == null ? options : options.withHypothesisTemplate(hypothesisTemplate);
                    model.zeroShot(singleTexts(), labels, options);
                }
                case "explain" -> {
                    ExplainOptions options = ExplainOptions.defaults().withTokenize(tokenizing());
                    model.explain(input(text), label == null ? options : options.withLabel(label));
                }
                default -> throw new AssertionError("nobody knows how to call " + call);
            }
        }
    }

    static Stream<Misuse> list() {
        Gson gson = new GsonBuilder()
                .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
                .create();
        return Stream.of(gson.fromJson(Repository.read(Repository.MISUSE), Misuse[].class));
    }

    @Test
    void theListIsWhole() {
        assertThat(list()).hasSizeGreaterThanOrEqualTo(65);
    }

    @ParameterizedTest
    @MethodSource("list")
    void isRefused(Misuse misuse) throws IOException {
        Path checkpoint = misuse.model == null ? null : Repository.path(misuse.model);
        if (misuse.withTaskTokenizer) {
            checkpoint = Checkpoints.withTaskTokenizer(folder, checkpoint.getFileName().toString());
        }
        if (misuse.call.equals("open") || misuse.call.equals("from_preset")) {
            refused(misuse, () -> open(misuse).close());
            return;
        }
        try (Model model = Model.open(checkpoint, misuse.opening())) {
            refused(misuse, () -> misuse.ask(model));
        }
    }

    private static Model open(Misuse misuse) {
        return misuse.call.equals("open")
                ? Model.open(Repository.path(misuse.model), misuse.opening())
                : Model.fromPreset(misuse.name, misuse.opening());
    }

    private static void refused(Misuse misuse, Runnable call) {
        assertThatExceptionOfType(DebertaException.class)
                .isThrownBy(call::run)
                .withMessageContaining(misuse.message)
                .satisfies(error -> assertThat(error.status()).isEqualTo(misuse.status));
    }
}
