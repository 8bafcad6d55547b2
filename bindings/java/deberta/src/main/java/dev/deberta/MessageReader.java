package dev.deberta;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The bytes of an answer of the native library; its {@code message.rs} writes them. */
final class MessageReader {
    private final ByteBuffer bytes;

    MessageReader(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes);
    }

    boolean bool() {
        return bytes.get() != 0;
    }

    int integer() {
        return bytes.getInt();
    }

    long longInteger() {
        return bytes.getLong();
    }

    float floating() {
        return bytes.getFloat();
    }

    OptionalInt optionalInteger() {
        return bool() ? OptionalInt.of(integer()) : OptionalInt.empty();
    }

    <T> Optional<T> optional(Function<MessageReader, T> read) {
        return bool() ? Optional.of(read.apply(this)) : Optional.empty();
    }

    <T> List<T> list(Function<MessageReader, T> read) {
        int length = integer();
        List<T> values = new ArrayList<>(length);
        for (int index = 0; index < length; index++) {
            values.add(read.apply(this));
        }
        return Collections.unmodifiableList(values);
    }

    /** A list with an element for each of the inputs, which it is read with. */
    <I, T> List<T> listOf(List<I> inputs, BiFunction<MessageReader, I, T> read) {
        Iterator<I> each = inputs.iterator();
        return list(reader -> read.apply(reader, each.next()));
    }

    String text() {
        int length = integer();
        String text = new String(bytes.array(), bytes.position(), length, StandardCharsets.UTF_8);
        bytes.position(bytes.position() + length);
        return text;
    }

    float[] floats() {
        float[] values = new float[integer()];
        bytes.asFloatBuffer().get(values);
        bytes.position(bytes.position() + values.length * Float.BYTES);
        return values;
    }

    int[] integers() {
        int[] values = new int[integer()];
        bytes.asIntBuffer().get(values);
        bytes.position(bytes.position() + values.length * Integer.BYTES);
        return values;
    }

    /** A value by its name, in which spaces stand for the underscores of Java's; none by an empty one. */
    <E extends Enum<E>> Optional<E> choice(Class<E> type) {
        String name = text();
        return name.isEmpty()
                ? Optional.empty()
                : Optional.of(Enum.valueOf(type, name.toUpperCase(Locale.ROOT).replace(' ', '_')));
    }
}
