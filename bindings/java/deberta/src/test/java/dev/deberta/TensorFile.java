package dev.deberta;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A safetensors file, read and written. */
record TensorFile(Map<String, Tensor> tensors) {
    record Tensor(String type, int[] shape, ByteBuffer bytes) {
        float[] floats() {
            float[] values = new float[bytes.remaining() / Float.BYTES];
            bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
            return values;
        }

        double[] doubles() {
            double[] values = new double[bytes.remaining() / Double.BYTES];
            bytes.order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(values);
            return values;
        }

        int[] integers() {
            long[] values = new long[bytes.remaining() / Long.BYTES];
            bytes.order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(values);
            return java.util.Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
        }

        /** The first rows only. */
        Tensor firstRows(int rows) {
            int[] shortened = shape.clone();
            shortened[0] = rows;
            return new Tensor(type, shortened, bytes.slice(0, bytes.remaining() / shape[0] * rows));
        }
    }

    static TensorFile read(Path path) {
        try {
            ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
            byte[] header = new byte[Math.toIntExact(file.getLong())];
            file.get(header);
            ByteBuffer data = file.slice();
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            JsonObject entries = JsonParser.parseString(new String(header, StandardCharsets.UTF_8)).getAsJsonObject();
            entries.remove("__metadata__");
            entries.entrySet().forEach(entry -> {
                JsonObject tensor = entry.getValue().getAsJsonObject();
                JsonArray offsets = tensor.getAsJsonArray("data_offsets");
                int start = offsets.get(0).getAsInt();
                int[] shape = tensor.getAsJsonArray("shape").asList().stream()
                        .mapToInt(size -> size.getAsInt())
                        .toArray();
                tensors.put(
                        entry.getKey(),
                        new Tensor(
                                tensor.get("dtype").getAsString(),
                                shape,
                                data.slice(start, offsets.get(1).getAsInt() - start)));
            });
            return new TensorFile(tensors);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    void write(Path path) throws IOException {
        JsonObject header = new JsonObject();
        int end = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            JsonObject tensor = new JsonObject();
            tensor.addProperty("dtype", entry.getValue().type());
            JsonArray shape = new JsonArray();
            for (int size : entry.getValue().shape()) {
                shape.add(size);
            }
            tensor.add("shape", shape);
            JsonArray offsets = new JsonArray();
            offsets.add(end);
            end += entry.getValue().bytes().remaining();
            offsets.add(end);
            tensor.add("data_offsets", offsets);
            header.add(entry.getKey(), tensor);
        }
        // The data starts at a multiple of 8.
        String text = header.toString();
        byte[] names = (text + " ".repeat((8 - text.getBytes(StandardCharsets.UTF_8).length % 8) % 8))
                .getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(Long.BYTES + names.length + end).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(names.length).put(names);
        tensors.values().forEach(tensor -> file.put(tensor.bytes().duplicate()));
        Files.write(path, file.array());
    }

    Tensor get(String name) {
        return tensors.get(name);
    }

    boolean has(String name) {
        return tensors.containsKey(name);
    }
}
