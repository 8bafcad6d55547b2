package dev.deberta;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.BiConsumer;

/** The bytes of a call to the native library; its {@code message.rs} reads them. */
final class MessageWriter {
    private final CharsetEncoder encoder = StandardCharsets.UTF_8
            .newEncoder()
            .onMalformedInput(CodingErrorAction.REPORT);
    private ByteBuffer bytes = ByteBuffer.allocate(256);

    byte[] toBytes() {
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    MessageWriter bool(boolean value) {
        room(1).put((byte) (value ? 1 : 0));
        return this;
    }

    MessageWriter integer(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    private MessageWriter longInteger(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    MessageWriter optional(OptionalInt value) {
        bool(value.isPresent());
        value.ifPresent(this::integer);
        return this;
    }

    MessageWriter optional(OptionalLong value) {
        bool(value.isPresent());
        value.ifPresent(this::longInteger);
        return this;
    }

    /** A text; {@code name} is what an error calls it. */
    MessageWriter text(String value, String name) {
        Objects.requireNonNull(value, name);
        int start = room(Integer.BYTES).position();
        bytes.position(start + Integer.BYTES);
        CharBuffer characters = CharBuffer.wrap(value);
        encoder.reset();
        // A UTF-16 unit has at most three bytes, and the two units of a pair four.
        while (true) {
            CoderResult result = encoder.encode(characters, bytes, true);
            if (result.isUnderflow()) {
                break;
            }
            if (result.isError()) {
                throw new DebertaException(Status.INVALID_UTF8, "%s has half of a surrogate pair at index %d"
                        .formatted(name, characters.position()));
            }
            room(Math.max(3 * characters.remaining(), 4));
        }
        bytes.putInt(start, bytes.position() - start - Integer.BYTES);
        return this;
    }

    MessageWriter optionalText(Optional<String> value, String name) {
        bool(value.isPresent());
        value.ifPresent(text -> text(text, name));
        return this;
    }

    MessageWriter texts(Collection<String> values, String name) {
        return list(values, name, this::text);
    }

    /** A list whose elements are called {@code name[0]} and so on in errors. */
    <T> MessageWriter list(Collection<T> values, String name, BiConsumer<T, String> write) {
        integer(values.size());
        int index = 0;
        for (T value : values) {
            write.accept(value, name + "[" + index++ + "]");
        }
        return this;
    }

    /** The native library has the names of these values in small letters. */
    MessageWriter choice(Enum<?> value) {
        return text(value.name().toLowerCase(Locale.ROOT), "choice");
    }

    MessageWriter optionalChoice(Optional<? extends Enum<?>> value) {
        bool(value.isPresent());
        value.ifPresent(this::choice);
        return this;
    }

    private ByteBuffer room(int length) {
        if (bytes.remaining() < length) {
            long capacity = Math.max(2L * bytes.capacity(), (long) bytes.position() + length);
            if ((long) bytes.position() + length > Integer.MAX_VALUE - 8) {
                throw new DebertaException(
                        Status.INVALID_ARGUMENT, "a call takes at most 2 GiB of text; make several calls");
            }
            byte[] larger = Arrays.copyOf(bytes.array(), (int) Math.min(capacity, Integer.MAX_VALUE - 8));
            bytes = ByteBuffer.wrap(larger).position(bytes.position());
        }
        return bytes;
    }
}
