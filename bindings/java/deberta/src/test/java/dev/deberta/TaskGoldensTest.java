package dev.deberta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.annotations.SerializedName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The answers of transformers' pipelines, from the same files as in Rust. */
class TaskGoldensTest {
    /** Largest difference to scores that the pipelines compute in float32. */
    private static final float SCORE_TOLERANCE = 2e-6f;

    @TempDir
    private Path folder;

    private static <T> T read(String name, Class<T> type) {
        return new Gson().fromJson(Repository.golden(name), type);
    }

    private static Model open(Path folder) {
        return Model.open(folder, OpenOptions.defaults().withThreads(2));
    }

    private static <E extends Enum<E>> E choice(Class<E> type, String name) {
        return Enum.valueOf(type, name.toUpperCase(Locale.ROOT));
    }

    private static TokenizeOptions windows(int maxLength, int stride) {
        return TokenizeOptions.defaults().withMaxLength(maxLength).withWindowStride(stride);
    }

    private static void assertNear(float[] found, float[] expected, float tolerance) {
        assertThat(found).hasSameSizeAs(expected);
        for (int index = 0; index < found.length; index++) {
            assertThat(found[index]).isCloseTo(expected[index], within(tolerance));
        }
    }

    private static void assertRanked(Classification answer) {
        for (int place = 1; place < answer.ranking().length; place++) {
            assertThat(answer.scores()[answer.ranking()[place - 1]])
                    .isGreaterThanOrEqualTo(answer.scores()[answer.ranking()[place]]);
        }
        assertThat(answer.score()).isEqualTo(answer.scores()[answer.labels().indexOf(answer.label())]);
    }

    record ZeroShotGoldens(List<String> texts, List<String> labels, List<ZeroShotCase> cases) {}

    record ZeroShotCase(
            int entailment, String template, @SerializedName("multi_label") boolean multiLabel, float[][] scores) {}

    @Test
    void zeroShot() throws IOException {
        ZeroShotGoldens goldens = read("zero_shot.json", ZeroShotGoldens.class);
        assertThat(goldens.cases).hasSize(8);
        for (int index = 0; index < goldens.cases.size(); index++) {
            ZeroShotCase golden = goldens.cases.get(index);
            Path checkpoint = folder.resolve("model" + index);
            java.nio.file.Files.createDirectory(checkpoint);
            Checkpoints.withLabels(
                    checkpoint, label -> label == golden.entailment ? "Entailment" : "label " + label);
            try (Model model = open(checkpoint)) {
                ZeroShotOptions options = ZeroShotOptions.defaults()
                        .withHypothesisTemplate(golden.template)
                        .withMultiLabel(golden.multiLabel);
                List<Classification> answers = model.zeroShot(goldens.texts, goldens.labels, options);
                assertThat(answers).hasSameSizeAs(goldens.texts);
                for (int text = 0; text < answers.size(); text++) {
                    assertNear(answers.get(text).scores(), golden.scores[text], SCORE_TOLERANCE);
                    assertThat(answers.get(text).labels()).isEqualTo(goldens.labels);
                    assertRanked(answers.get(text));
                }
            }
        }
    }

    record TaggingGoldens(@SerializedName("label_sets") Map<String, List<String>> labelSets, List<TaggingCase> cases) {}

    record TaggingCase(
            String labels,
            String aggregation,
            List<String> ignored,
            @SerializedName("max_length") Integer maxLength,
            int stride,
            List<String> texts,
            int[] windows,
            List<List<JsonArray>> entities) {}

    @Test
    void tagging() throws IOException {
        TaggingGoldens goldens = read("tagging.json", TaggingGoldens.class);
        assertThat(goldens.cases).hasSize(40);
        for (Map.Entry<String, List<String>> labels : goldens.labelSets.entrySet()) {
            Path checkpoint = java.nio.file.Files.createDirectory(folder.resolve(labels.getKey()));
            try (Model model = open(Checkpoints.tagger(checkpoint, labels.getValue()))) {
                goldens.cases.stream()
                        .filter(golden -> golden.labels.equals(labels.getKey()))
                        .forEach(golden -> assertTags(model, golden));
            }
        }
    }

    private static void assertTags(Model model, TaggingCase golden) {
        TagOptions options = TagOptions.defaults()
                .withAggregation(choice(Aggregation.class, golden.aggregation))
                .withIgnoredLabels(golden.ignored);
        if (golden.maxLength != null) {
            options = options.withTokenize(windows(golden.maxLength, golden.stride));
        }
        List<Tagged> answers = model.tag(golden.texts, options);
        assertThat(answers).hasSameSizeAs(golden.texts);
        for (int row = 0; row < answers.size(); row++) {
            String text = golden.texts.get(row);
            assertThat(answers.get(row).windows()).isEqualTo(golden.windows[row]);
            assertThat(answers.get(row).entities()).hasSameSizeAs(golden.entities.get(row));
            for (int place = 0; place < golden.entities.get(row).size(); place++) {
                Entity found = answers.get(row).entities().get(place);
                JsonArray expected = golden.entities.get(row).get(place);
                assertThat(found.label()).isEqualTo(expected.get(0).getAsString());
                assertThat(found.score()).isCloseTo(expected.get(1).getAsFloat(), within(SCORE_TOLERANCE));
                assertThat(found.word()).isEqualTo(expected.get(2).getAsString());
                assertRange(found.range(), text, expected.get(3).getAsInt(), expected.get(4).getAsInt());
                assertThat(found.firstToken()).isEqualTo(expected.get(5).getAsInt());
                assertThat(found.endToken()).isEqualTo(expected.get(6).getAsInt());
            }
        }
    }

    /** A range between two code points, in all three ways of counting. */
    private static void assertRange(TextRange range, String text, int start, int end) {
        int startIndex = text.offsetByCodePoints(0, start);
        int endIndex = text.offsetByCodePoints(0, end);
        assertThat(range).isEqualTo(new TextRange(
                startIndex, endIndex, start, end, bytes(text.substring(0, startIndex)), bytes(text.substring(0, endIndex))));
        assertThat(range.of(text)).isEqualTo(text.substring(startIndex, endIndex));
    }

    private static int bytes(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
    }

    record AnswerGoldens(List<List<String>> inputs, List<AnswerCase> cases) {}

    record AnswerCase(
            String tokenizer,
            @SerializedName("top_k") int topK,
            @SerializedName("max_answer_len") int maxAnswerLength,
            @SerializedName("handle_impossible_answer") boolean handleImpossibleAnswer,
            @SerializedName("align_to_words") boolean alignToWords,
            @SerializedName("max_seq_len") int maxLength,
            @SerializedName("doc_stride") int stride,
            int[] windows,
            List<double[][]> answers) {}

    @Test
    void answers() throws IOException {
        AnswerGoldens goldens = read("answers.json", AnswerGoldens.class);
        assertThat(goldens.cases).hasSize(26);
        List<TextInput> questions = goldens.inputs.stream()
                .map(input -> TextInput.of(input.get(0), input.get(1)))
                .toList();
        for (String tokenizer : List.of("code_language", "lower_punct")) {
            Path checkpoint = java.nio.file.Files.createDirectory(folder.resolve(tokenizer));
            Path tokenizerFolder = tokenizer.equals("code_language")
                    ? Repository.BUNDLED_MODEL
                    : Repository.GOLDENS.resolve("tokenizer").resolve(tokenizer);
            try (Model model = open(Checkpoints.questionAnswering(checkpoint, tokenizerFolder))) {
                goldens.cases.stream()
                        .filter(golden -> golden.tokenizer.equals(tokenizer))
                        .forEach(golden -> assertAnswers(model, questions, golden));
            }
        }
    }

    private static void assertAnswers(Model model, List<TextInput> questions, AnswerCase golden) {
        AnswerOptions options = AnswerOptions.defaults()
                .withTokenize(windows(golden.maxLength, golden.stride))
                .withTopK(golden.topK)
                .withMaxAnswerLength(golden.maxAnswerLength)
                .withHandleImpossibleAnswer(golden.handleImpossibleAnswer)
                .withAlignToWords(golden.alignToWords);
        List<Answers> found = model.answer(questions, options);
        assertThat(found.stream().mapToInt(Answers::windows).toArray()).isEqualTo(golden.windows);
        for (int question = 0; question < found.size(); question++) {
            String context = questions.get(question).pair().orElseThrow();
            double[][] expected = golden.answers.get(question);
            assertThat(found.get(question).answers()).hasSize(expected.length);
            for (int place = 0; place < expected.length; place++) {
                Answer answer = found.get(question).answers().get(place);
                double score = expected[place][0];
                assertThat((double) answer.score()).isCloseTo(score, within(SCORE_TOLERANCE * Math.max(score, 1)));
                assertRange(answer.range(), context, (int) expected[place][1], (int) expected[place][2]);
                assertThat(answer.text()).isEqualTo(answer.range().of(context));
                assertThat(answer.isImpossible()).isEqualTo(answer.text().isEmpty());
            }
        }
    }

    record FillMaskGoldens(
            List<String> texts,
            List<String> candidates,
            @SerializedName("top_k") int topK,
            @SerializedName("long_text") String longText,
            @SerializedName("max_length") int maxLength,
            int stride,
            List<FillMaskCase> cases) {}

    record FillMaskCase(
            String checkpoint,
            List<List<List<ExpectedFill>>> vocabulary,
            List<List<List<ExpectedFill>>> candidates,
            int windows,
            List<WindowedMask> windowed) {}

    record ExpectedFill(int id, float score, float logit) {}

    record WindowedMask(int offset, List<ExpectedFill> fills) {}

    @Test
    void fillMask() throws IOException {
        FillMaskGoldens goldens = read("fill_mask.json", FillMaskGoldens.class);
        for (FillMaskCase golden : goldens.cases) {
            Path checkpoint = java.nio.file.Files.createDirectory(folder.resolve(golden.checkpoint));
            try (Model model = open(Checkpoints.withTaskTokenizer(checkpoint, golden.checkpoint))) {
                FillMaskOptions options = FillMaskOptions.defaults().withTopK(goldens.topK);
                assertFilled(model.fillMask(goldens.texts, options), goldens.texts, golden.vocabulary);
                FillMaskOptions candidates = FillMaskOptions.defaults().withCandidates(goldens.candidates);
                assertFilled(model.fillMask(goldens.texts, candidates), goldens.texts, golden.candidates);
                FilledMasks windowed = model.fillMask(
                                List.of(goldens.longText),
                                options.withTokenize(windows(goldens.maxLength, goldens.stride)))
                        .get(0);
                assertThat(windowed.windows()).isEqualTo(golden.windows);
                assertThat(windowed.masks()).hasSameSizeAs(golden.windowed);
                for (int mask = 0; mask < golden.windowed.size(); mask++) {
                    assertThat(windowed.masks().get(mask).range().codePointStart())
                            .isEqualTo(golden.windowed.get(mask).offset);
                    assertFills(windowed.masks().get(mask).fills(), golden.windowed.get(mask).fills);
                }
            }
        }
    }

    private static void assertFilled(
            List<FilledMasks> found, List<String> texts, List<List<List<ExpectedFill>>> expected) {
        assertThat(found).hasSameSizeAs(expected);
        for (int text = 0; text < found.size(); text++) {
            List<FilledMask> masks = found.get(text).masks();
            assertThat(masks).hasSameSizeAs(expected.get(text));
            for (int mask = 0; mask < masks.size(); mask++) {
                assertThat(masks.get(mask).range().of(texts.get(text))).isEqualTo("[MASK]");
                assertFills(masks.get(mask).fills(), expected.get(text).get(mask));
            }
        }
    }

    private static void assertFills(List<Fill> found, List<ExpectedFill> expected) {
        assertThat(found.stream().map(Fill::id)).isEqualTo(expected.stream().map(ExpectedFill::id).toList());
        for (int place = 0; place < found.size(); place++) {
            assertThat(found.get(place).score()).isCloseTo(expected.get(place).score, within(1e-5f));
            assertThat(found.get(place).logit()).isCloseTo(expected.get(place).logit, within(5e-5f));
        }
    }

    record ChoiceGoldens(List<ChoiceCase> cases, WindowedChoice windowed) {}

    record ChoiceCase(String prompt, List<String> choices, float[] logits, float[] scores) {}

    record WindowedChoice(
            String prompt,
            List<String> choices,
            float[] logits,
            float[] scores,
            @SerializedName("max_length") int maxLength,
            int stride,
            int[] windows) {}

    @Test
    void multipleChoice() throws IOException {
        ChoiceGoldens goldens = read("multiple_choice.json", ChoiceGoldens.class);
        try (Model model = open(Checkpoints.withTaskTokenizer(folder, "multiple_choice"))) {
            for (ChoiceCase golden : goldens.cases) {
                Classification found = model.choose(golden.prompt, golden.choices, ChooseOptions.defaults());
                assertNear(found.logits(), golden.logits, 5e-6f);
                assertNear(found.scores(), golden.scores, 5e-6f);
                assertThat(found.labels()).isEqualTo(golden.choices);
                assertRanked(found);
            }
            WindowedChoice golden = goldens.windowed;
            ChooseOptions options = ChooseOptions.defaults().withTokenize(windows(golden.maxLength, golden.stride));
            Classification found = model.choose(golden.prompt, golden.choices, options);
            assertNear(found.logits(), golden.logits, 5e-6f);
            assertThat(found.windows()).isEqualTo(Arrays.stream(golden.windows).max().orElseThrow());
        }
    }

    record EmbeddingGoldens(
            List<List<String>> texts,
            @SerializedName("long_text") String longText,
            @SerializedName("max_length") int maxLength,
            int stride,
            int windows,
            List<EmbeddingCase> cases) {}

    record EmbeddingCase(String checkpoint, int layer, String pooling, List<float[]> vectors, float[] windowed) {}

    @Test
    void embeddings() throws IOException {
        EmbeddingGoldens goldens = read("embedding.json", EmbeddingGoldens.class);
        assertThat(goldens.cases).hasSize(15);
        List<TextInput> texts = goldens.texts.stream()
                .map(text -> text.size() == 1 ? TextInput.of(text.get(0)) : TextInput.of(text.get(0), text.get(1)))
                .toList();
        List<EmbeddingCase> cases = new ArrayList<>(goldens.cases);
        for (int index = 0; index < cases.size(); index++) {
            EmbeddingCase golden = cases.get(index);
            Path checkpoint = java.nio.file.Files.createDirectory(folder.resolve("model" + index));
            try (Model model = open(Checkpoints.withTaskTokenizer(checkpoint, golden.checkpoint))) {
                EmbedOptions options = EmbedOptions.defaults()
                        .withPooling(choice(Pooling.class, golden.pooling))
                        .withLayer(golden.layer);
                List<Embedding> found = model.embed(texts, options);
                java.nio.FloatBuffer into = java.nio.FloatBuffer.allocate(texts.size() * model.info().hiddenSize());
                model.embedInto(texts, options, into);
                into.flip();
                for (int text = 0; text < found.size(); text++) {
                    assertNear(found.get(text).vector(), golden.vectors.get(text), 5e-6f);
                    float[] row = new float[model.info().hiddenSize()];
                    into.get(row);
                    assertThat(row).isEqualTo(found.get(text).vector());
                }
                Embedding windowed = model.embed(
                                List.of(TextInput.of(goldens.longText)),
                                options.withTokenize(windows(goldens.maxLength, goldens.stride)))
                        .get(0);
                assertThat(windowed.windows()).isEqualTo(goldens.windows);
                assertNear(windowed.vector(), golden.windowed, 5e-6f);
            }
        }
    }

    record ExplainGolden(
            String text, String pair, int[] ids, float[] logits, float[] rollout, List<OcclusionGolden> occlusion) {}

    record OcclusionGolden(int label, float[] relevance) {}

    @Test
    void explanations() {
        ExplainGolden[] goldens = read("explain.json", ExplainGolden[].class);
        try (Model model = open(Repository.BUNDLED_MODEL)) {
            for (ExplainGolden golden : goldens) {
                TextInput input = new TextInput(golden.text, java.util.Optional.ofNullable(golden.pair));
                Explanation rollout = model.explain(input, ExplainOptions.defaults().withAttentions(true));
                assertThat(rollout.encoding().ids()).isEqualTo(golden.ids);
                assertNear(rollout.relevance(), golden.rollout, 5e-7f);
                assertNear(rollout.logits(), golden.logits, 1e-4f);
                assertThat(rollout.logitsHead()).contains(Head.SEQUENCE_CLASSIFICATION);
                assertThat(rollout.scores()).hasSize(model.info().labels().size());
                int tokens = golden.ids.length;
                assertThat(rollout.attentions()).hasSize(model.info().numLayers()).allSatisfy(layer ->
                        assertThat(layer).hasSize(rollout.attentionHeads() * tokens * tokens));
                assertThat(rollout.relativePositions().orElseThrow())
                        .hasSize(2 * tokens - 1)
                        .contains(256, org.assertj.core.data.Index.atIndex(tokens - 1));
                for (OcclusionGolden occlusion : golden.occlusion) {
                    Explanation found = model.explain(
                            input, ExplainOptions.defaults().withMethod(Relevance.OCCLUSION).withLabel(occlusion.label));
                    assertThat(found.label()).hasValue(occlusion.label);
                    assertNear(found.relevance(), occlusion.relevance, 1e-4f);
                }
            }
        }
    }

    @Test
    void ranking() throws IOException {
        String query = "how to print a line";
        List<String> documents =
                List.of("println!(\"hello\");", "SELECT 1;", "", "print('a line')", "Once upon a time there was a printer.");
        List<TextInput> pairs = documents.stream().map(document -> TextInput.of(query, document)).toList();
        try (Model whole = open(Repository.BUNDLED_MODEL);
                Model model = open(Checkpoints.reranker(folder))) {
            List<Classification> classified = whole.classify(pairs, ClassifyOptions.defaults());
            List<Ranked> ranked = model.rank(query, documents, RankOptions.defaults());
            assertThat(ranked.stream().map(Ranked::document)).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
            for (Ranked place : ranked) {
                assertThat(place.logit()).isEqualTo(classified.get(place.document()).logits()[0]);
                assertThat(place.score()).isEqualTo(place.logit());
            }
            assertThat(ranked).isSortedAccordingTo((left, right) -> Float.compare(right.score(), left.score()));
            assertThat(model.rank(query, documents, RankOptions.defaults().withTopK(2)))
                    .isEqualTo(ranked.subList(0, 2));
            assertThat(model.rank(query, documents, RankOptions.defaults().withScoreFunction(ScoreFunction.SIGMOID)))
                    .allSatisfy(place -> assertThat((double) place.score())
                            .isCloseTo(1 / (1 + Math.exp(-place.logit())), within(1e-6)));
        }
    }

    @Test
    void classification() {
        JsonElement texts = com.google.gson.JsonParser.parseString(Repository.golden("code_language/texts.json"));
        List<String> inputs = texts.getAsJsonArray().asList().stream()
                .map(text -> text.isJsonPrimitive()
                        ? text.getAsString()
                        : text.getAsJsonObject().get("text").getAsString())
                .toList();
        TensorFile golden = TensorFile.read(Repository.GOLDENS.resolve("code_language/case_texts.safetensors"));
        double[] expected = golden.get("logits").doubles();
        try (Model model = open(Repository.BUNDLED_MODEL)) {
            List<Classification> answers = model.classify(TextInput.ofAll(inputs), ClassifyOptions.defaults());
            int labels = model.info().labels().size();
            for (int text = 0; text < answers.size(); text++) {
                for (int label = 0; label < labels; label++) {
                    assertThat((double) answers.get(text).logits()[label])
                            .isCloseTo(expected[text * labels + label], within(1e-4));
                }
                assertRanked(answers.get(text));
            }
        }
    }
}
