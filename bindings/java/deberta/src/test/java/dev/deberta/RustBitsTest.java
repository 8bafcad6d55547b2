package dev.deberta;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tasks' numbers are, bit for bit, those that the command line writes, which is Rust. */
class RustBitsTest {
    private static final List<String> PROGRAMS = List.of("fn main() {}", "SELECT name FROM users;", "é\r and 😀", "");

    @TempDir
    private Path folder;

    /** The numbers of a name in what the command line answers to the lines. */
    private float[] rust(Path checkpoint, String name, List<Map<String, Object>> lines, String... command)
            throws IOException {
        Path input = folder.resolve("input.jsonl");
        Path output = folder.resolve("output.jsonl");
        Files.write(input, lines.stream().map(new Gson()::toJson).toList());
        Files.deleteIfExists(output);
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of("--model", checkpoint.toString(), "--file", input.toString()));
        arguments.addAll(List.of("--output", output.toString()));
        Repository.command(arguments.toArray(String[]::new));
        List<Float> numbers = new ArrayList<>();
        for (String line : Files.readAllLines(output)) {
            addNumbers(numbers, JsonParser.parseString(line), name);
        }
        return floats(numbers);
    }

    /** Adds the numbers, alone or in lists, that have the name anywhere in a value of JSON. */
    private static void addNumbers(List<Float> numbers, JsonElement value, String name) {
        if (value instanceof JsonObject object) {
            object.asMap().forEach((key, member) -> {
                if (!key.equals(name)) {
                    addNumbers(numbers, member, name);
                } else if (member.isJsonArray()) {
                    member.getAsJsonArray().forEach(number -> numbers.add(number.getAsFloat()));
                } else {
                    numbers.add(member.getAsFloat());
                }
            });
        } else if (value.isJsonArray()) {
            value.getAsJsonArray().forEach(member -> addNumbers(numbers, member, name));
        }
    }

    private static float[] floats(List<Float> numbers) {
        float[] values = new float[numbers.size()];
        for (int index = 0; index < values.length; index++) {
            values[index] = numbers.get(index);
        }
        return values;
    }

    private static List<Map<String, Object>> texts(List<String> texts) {
        return texts.stream().map(text -> Map.<String, Object>of("text", text)).toList();
    }

    /** Of several answers each list has an order of its own, so that all are sorted. */
    private static void same(Path checkpoint, float[] rust, Function<Model, List<Float>> call) {
        try (Model model = Model.open(checkpoint, OpenOptions.defaults().withThreads(2))) {
            float[] found = floats(call.apply(model));
            Arrays.sort(found);
            Arrays.sort(rust);
            assertThat(found).isNotEmpty().isEqualTo(rust);
        }
    }

    private static List<Float> list(float[]... arrays) {
        List<Float> values = new ArrayList<>();
        for (float[] array : arrays) {
            for (float value : array) {
                values.add(value);
            }
        }
        return values;
    }

    @Test
    void classification() throws IOException {
        Path bundled = Repository.BUNDLED_MODEL;
        same(bundled, rust(bundled, "logit", texts(PROGRAMS), "classify", "--all"), model -> list(
                model.classify(PROGRAMS.stream().map(TextInput::of).toList(), ClassifyOptions.defaults()).stream()
                        .map(Classification::logits)
                        .toArray(float[][]::new)));
    }

    @Test
    void zeroShot() throws IOException {
        Path checkpoint = Checkpoints.withLabels(folder, label -> label == 3 ? "Entailment" : "label " + label);
        List<String> labels = List.of("a program", "poetry");
        float[] rust = rust(checkpoint, "score", texts(PROGRAMS), "zero-shot", "--labels", "a program,poetry");
        same(checkpoint, rust, model -> list(model.zeroShot(PROGRAMS, labels, ZeroShotOptions.defaults()).stream()
                .map(Classification::scores)
                .toArray(float[][]::new)));
    }

    @Test
    void ranking() throws IOException {
        Path checkpoint = Checkpoints.reranker(folder);
        List<String> documents = List.of("println!();", "", "SELECT 1;");
        float[] rust = rust(checkpoint, "score", List.of(Map.of("query", "a line", "documents", documents)), "rank");
        same(checkpoint, rust, model -> model.rank("a line", documents, RankOptions.defaults()).stream()
                .map(Ranked::score)
                .toList());
    }

    @Test
    void tagging() throws IOException {
        Path checkpoint = Checkpoints.tagger(folder, List.of("O", "B-PER", "I-PER"));
        List<String> people = List.of("Angela Merkel met Emmanuel Macron in Berlin", "é");
        TagOptions options = TagOptions.defaults().withAggregation(Aggregation.SIMPLE);
        float[] rust = rust(checkpoint, "score", texts(people), "tag", "--aggregation", "simple");
        same(checkpoint, rust, model -> model.tag(people, options).stream()
                .flatMap(tagged -> tagged.entities().stream())
                .map(Entity::score)
                .toList());
    }

    @Test
    void answers() throws IOException {
        Path checkpoint = Checkpoints.questionAnswering(folder, Repository.BUNDLED_MODEL);
        String question = "When was it built?";
        String context = "The crane was built in 1915 of oak and brass.";
        float[] rust =
                rust(checkpoint, "score", List.of(Map.of("question", question, "context", context)), "answer");
        same(checkpoint, rust, model ->
                model.answer(List.of(TextInput.of(question, context)), AnswerOptions.defaults()).stream()
                        .flatMap(found -> found.answers().stream())
                        .map(Answer::score)
                        .toList());
    }

    @Test
    void fillMask() throws IOException {
        Path checkpoint = Checkpoints.withTaskTokenizer(folder, "masked_lm");
        List<String> masked = List.of("the old cat [MASK] in the garden.");
        float[] rust = rust(checkpoint, "score", texts(masked), "fill-mask");
        same(checkpoint, rust, model -> model.fillMask(masked, FillMaskOptions.defaults()).stream()
                .flatMap(filled -> filled.masks().stream())
                .flatMap(mask -> mask.fills().stream())
                .map(Fill::score)
                .toList());
    }

    @Test
    void multipleChoice() throws IOException {
        Path checkpoint = Checkpoints.withTaskTokenizer(folder, "multiple_choice");
        List<String> choices = List.of("the garden", "a city");
        Map<String, Object> line = Map.of("prompt", "the bird sings in", "choices", choices);
        float[] rust = rust(checkpoint, "score", List.of(line), "choose");
        same(checkpoint, rust, model ->
                list(model.choose("the bird sings in", choices, ChooseOptions.defaults()).scores()));
    }

    @Test
    void embeddings() throws IOException {
        Path bundled = Repository.BUNDLED_MODEL;
        float[] rust = rust(bundled, "embedding", texts(PROGRAMS), "encode", "--pool", "mean");
        same(bundled, rust, model -> list(
                model.embed(PROGRAMS.stream().map(TextInput::of).toList(), EmbedOptions.defaults()).stream()
                        .map(Embedding::vector)
                        .toArray(float[][]::new)));
    }
}
