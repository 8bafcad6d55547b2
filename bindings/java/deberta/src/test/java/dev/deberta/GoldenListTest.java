package dev.deberta;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.annotations.SerializedName;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The golden list: the bits of Rust, as the command line writes them, and the reference's float64 values. The fastest
 * instruction set has all cases, each other one some.
 */
class GoldenListTest {
    /** How often the error of PyTorch float32 is allowed; tests/goldens.rs has the strict rule. */
    private static final double TOLERANCE = 3.0;

    private static final int STEP = 11;
    private static final EncodeOptions EVERYTHING =
            EncodeOptions.defaults().withHiddenStates(true).withAttentions(true).withLogits(true);

    @TempDir
    private Path folder;

    record Case(
            String checkpoint,
            @SerializedName("case") String file,
            @SerializedName("tensor_prefix") String tensorPrefix,
            List<String> outputs) {}

    record Run(Case golden, InstructionSet instructionSet) {
        @Override
        public String toString() {
            return "%s/%s on %s".formatted(golden.checkpoint, golden.file, instructionSet);
        }
    }

    private static List<Case> cases() {
        return List.of(new Gson().fromJson(Repository.golden("cases.json"), Case[].class));
    }

    static Stream<Run> runs() {
        List<InstructionSet> sets = Deberta.instructionSets();
        List<Case> cases = cases();
        return IntStream.range(0, sets.size()).boxed().flatMap(set -> IntStream.range(0, cases.size())
                .filter(index -> set == 0 || index % STEP == set % STEP)
                .mapToObj(index -> new Run(cases.get(index), sets.get(set))));
    }

    @Test
    void theListIsWhole() {
        assertThat(cases()).hasSizeGreaterThanOrEqualTo(50);
    }

    @ParameterizedTest
    @MethodSource("runs")
    void outputsAreThoseOfRustAndOfTheReference(Run run) {
        Case golden = run.golden;
        Path checkpoint = Repository.GOLDENS.resolve(golden.checkpoint);
        TensorFile file = TensorFile.read(checkpoint.resolve(golden.file));
        TensorFile rust = rust(run, checkpoint);
        OpenOptions options = OpenOptions.defaults().withInstructionSet(run.instructionSet).withThreads(2);
        if (golden.tensorPrefix != null) {
            options = options.withTensorPrefix(golden.tensorPrefix);
        }
        try (Model model = Model.open(checkpoint, options)) {
            assertThat(model.info().instructionSet()).isEqualTo(run.instructionSet);
            Padded padded = Padded.of(file);
            Encoded encoded = model.encode(padded.batch(), EVERYTHING);
            int logits = encoded.logitsHead().isPresent() ? 1 : 0;
            assertThat(rust.tensors())
                    .hasSize(1 + encoded.hiddenStatesCount() + encoded.attentionsCount() + logits);
            rust.tensors().forEach((name, expected) -> assertBits(output(encoded, name), expected.floats(), name));
            for (String name : golden.outputs) {
                if (rust.has(name)) {
                    assertNear(output(encoded, name), file, name);
                }
            }
            assertBuffers(model, padded, encoded);
            assertRagged(model, padded, encoded);
        }
    }

    private TensorFile rust(Run run, Path checkpoint) {
        Path output = folder.resolve("rust.safetensors");
        List<String> arguments = new ArrayList<>(List.of(
                "encode", "--model", checkpoint.toString(), "--isa", run.instructionSet.name().toLowerCase(Locale.ROOT)));
        if (run.golden.tensorPrefix != null) {
            arguments.addAll(List.of("--tensor-prefix", run.golden.tensorPrefix));
        }
        arguments.addAll(List.of(
                "--all-layers", "--attentions", "--tensors", checkpoint.resolve(run.golden.file).toString(),
                "--output", output.toString()));
        Repository.command(arguments.toArray(String[]::new));
        return TensorFile.read(output);
    }

    private static float[] output(Encoded encoded, String name) {
        String[] parts = name.split("\\.");
        return switch (parts[0]) {
            case "last_hidden_state" -> encoded.lastHiddenStatePadded();
            case "hidden_states" -> encoded.hiddenStatesPadded(Integer.parseInt(parts[1]));
            case "attentions" -> encoded.attentionsPadded(Integer.parseInt(parts[1]));
            case "logits" -> encoded.logitsPadded();
            default -> throw new AssertionError(name);
        };
    }

    /** AssertJ compares arrays of floats by value; bits tell 0 from -0, too. */
    private static void assertBits(float[] found, float[] expected, String name) {
        assertThat(bits(found)).as(name).isEqualTo(bits(expected));
    }

    private static int[] bits(float[] values) {
        return IntStream.range(0, values.length).map(index -> Float.floatToRawIntBits(values[index])).toArray();
    }

    private static void assertNear(float[] found, TensorFile golden, String name) {
        double[] expected = golden.get(name).doubles();
        double allowed = TOLERANCE
                * Math.max(
                        golden.get("pytorch_float32_error." + name).doubles()[0],
                        golden.get("pytorch_float32_error_reordered." + name).doubles()[0]);
        assertThat(found).hasSameSizeAs(expected);
        double largest = IntStream.range(0, found.length)
                .mapToDouble(index -> Math.abs(found[index] - expected[index]))
                .max()
                .orElse(Double.NaN);
        assertThat(largest).as(name).isLessThanOrEqualTo(allowed);
    }

    /** Direct buffers, buffers of arrays and buffers of another byte order, in and out. */
    private static void assertBuffers(Model model, Padded padded, Encoded encoded) {
        float[] expected = encoded.lastHiddenStatePadded();
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            FloatBuffer target = direct(expected.length + 3, order).asFloatBuffer().position(2);
            model.encodeInto(padded.directBatch(order), RunOptions.defaults(), target);
            assertThat(target.position()).isEqualTo(expected.length + 2);
            assertThat(target.get(0)).isZero();
            assertThat(target.get(target.position())).isZero();
            float[] found = new float[expected.length];
            target.get(2, found);
            assertBits(found, expected, "direct buffer, " + order);
        }
        FloatBuffer array = FloatBuffer.wrap(new float[expected.length + 5], 4, expected.length).slice();
        model.encodeInto(padded.batch(), RunOptions.defaults(), array);
        assertThat(array.hasRemaining()).isFalse();
        assertBits(Arrays.copyOfRange(array.array(), 4, 4 + expected.length), expected, "array");
    }

    /** Rows whose valid tokens are at their start: others are not the same without padding. */
    private static void assertRagged(Model model, Padded padded, Encoded encoded) {
        int size = encoded.hiddenSize();
        List<int[]> rows = new ArrayList<>();
        List<Integer> types = new ArrayList<>();
        List<Integer> sources = new ArrayList<>();
        for (int row = 0; row < padded.rows; row++) {
            int start = row * padded.length;
            int valid = encoded.rowOffsets()[row + 1] - encoded.rowOffsets()[row];
            if (encoded.positions()[encoded.rowOffsets()[row + 1] - 1] == valid - 1) {
                rows.add(Arrays.copyOfRange(padded.ids, start, start + valid));
                sources.add(row);
                for (int token = start; token < start + valid; token++) {
                    types.add(padded.types == null ? 0 : padded.types[token]);
                }
            }
        }
        if (rows.isEmpty()) {
            return;
        }
        Batch batch = Batch.ofRows(rows.toArray(int[][]::new))
                .withTokenTypeIds(types.stream().mapToInt(Integer::intValue).toArray());
        Encoded ragged = model.encode(batch, EncodeOptions.defaults());
        for (int row = 0; row < rows.size(); row++) {
            int source = encoded.rowOffsets()[sources.get(row)];
            int start = ragged.rowOffsets()[row];
            int tokens = ragged.rowOffsets()[row + 1] - start;
            assertBits(
                    Arrays.copyOfRange(ragged.lastHiddenState(), start * size, (start + tokens) * size),
                    Arrays.copyOfRange(encoded.lastHiddenState(), source * size, (source + tokens) * size),
                    "ragged row " + row);
        }
        FloatBuffer target = FloatBuffer.allocate(ragged.lastHiddenState().length);
        model.encodeInto(batch, RunOptions.defaults(), target);
        assertBits(target.array(), ragged.lastHiddenState(), "ragged into an array");
    }

    private static ByteBuffer direct(int values, ByteOrder order) {
        return ByteBuffer.allocateDirect(values * Float.BYTES).order(order);
    }

    private record Padded(int[] ids, int[] mask, int[] types, int rows, int length) {
        static Padded of(TensorFile file) {
            int[] shape = file.get("input_ids").shape();
            return new Padded(
                    file.get("input_ids").integers(),
                    file.has("attention_mask") ? file.get("attention_mask").integers() : null,
                    file.has("token_type_ids") ? file.get("token_type_ids").integers() : null,
                    shape[0],
                    shape[1]);
        }

        Batch batch() {
            Batch batch = Batch.padded(ids, rows, length);
            batch = mask == null ? batch : batch.withAttentionMask(mask);
            return types == null ? batch : batch.withTokenTypeIds(types);
        }

        Batch directBatch(ByteOrder order) {
            Batch batch = Batch.padded(buffer(ids, order), rows, length);
            batch = mask == null ? batch : batch.withAttentionMask(buffer(mask, order));
            return types == null ? batch : batch.withTokenTypeIds(buffer(types, order));
        }

        private static IntBuffer buffer(int[] values, ByteOrder order) {
            IntBuffer buffer = direct(values.length + 2, order).asIntBuffer();
            return buffer.put(1, values).position(1).limit(values.length + 1);
        }
    }
}
