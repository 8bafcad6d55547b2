package dev.deberta;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** Model folders that tests make of the bundled model and of the goldens. */
final class Checkpoints {
    private Checkpoints() {}

    /** A golden checkpoint with the tokenizer that the goldens of tasks were made with. */
    static Path withTaskTokenizer(Path folder, String checkpoint) throws IOException {
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(Repository.GOLDENS.resolve(checkpoint).resolve(file), folder.resolve(file));
        }
        Files.copy(Repository.GOLDENS.resolve("task_tokenizer.json"), folder.resolve("tokenizer.json"));
        return folder;
    }

    /** The bundled model with these names of its labels. */
    static Path withLabels(Path folder, IntFunction<String> name) throws IOException {
        copyBundled(folder, "model.safetensors", "tokenizer.json");
        return writeConfig(folder, config -> {
            int labels = config.getAsJsonObject("id2label").size();
            setLabels(config, labels, name);
        });
    }

    /** The bundled model as a tagger: its classifier is for tokens. */
    static Path tagger(Path folder, List<String> labels) throws IOException {
        copyBundled(folder, "model.safetensors", "tokenizer.json");
        return writeConfig(folder, config -> {
            int count = config.getAsJsonObject("id2label").size();
            setLabels(config, count, index -> index < labels.size() ? labels.get(index) : "LABEL_" + index);
            config.add("architectures", JsonParser.parseString("[\"DebertaV2ForTokenClassification\"]"));
        });
    }

    /** The bundled model with its first label only. */
    static Path reranker(Path folder) throws IOException {
        copyBundled(folder, "tokenizer.json");
        writeConfig(folder, config -> setLabels(config, 1, index -> "relevant"));
        TensorFile weights = TensorFile.read(Repository.BUNDLED_MODEL.resolve("model.safetensors"));
        weights.tensors().replaceAll((tensor, values) -> tensor.startsWith("classifier.") ? values.firstRows(1) : values);
        weights.write(folder.resolve("model.safetensors"));
        return folder;
    }

    /** The bundled model's encoder under a question answering head. */
    static Path questionAnswering(Path folder, Path tokenizer) throws IOException {
        String config = Repository.read(Repository.BUNDLED_MODEL.resolve("config.json"));
        Files.writeString(
                folder.resolve("config.json"), config.replace("ForSequenceClassification", "ForQuestionAnswering"));
        Files.copy(tokenizer.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        TensorFile weights = TensorFile.read(Repository.BUNDLED_MODEL.resolve("model.safetensors"));
        weights.tensors().putAll(TensorFile.read(Repository.GOLDENS.resolve("answers_head.safetensors")).tensors());
        weights.write(folder.resolve("model.safetensors"));
        return folder;
    }

    private static void copyBundled(Path folder, String... files) throws IOException {
        for (String file : files) {
            Files.copy(Repository.BUNDLED_MODEL.resolve(file), folder.resolve(file));
        }
    }

    private static Path writeConfig(Path folder, Consumer<JsonObject> change) throws IOException {
        JsonObject config = JsonParser.parseString(Repository.read(Repository.BUNDLED_MODEL.resolve("config.json")))
                .getAsJsonObject();
        change.accept(config);
        Files.writeString(folder.resolve("config.json"), config.toString());
        return folder;
    }

    private static void setLabels(JsonObject config, int count, IntFunction<String> name) {
        JsonObject labels = new JsonObject();
        for (int index = 0; index < count; index++) {
            labels.addProperty(Integer.toString(index), name.apply(index));
        }
        config.add("id2label", labels);
        config.remove("label2id");
        config.remove("num_labels");
    }
}
