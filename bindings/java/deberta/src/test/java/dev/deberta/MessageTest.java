package dev.deberta;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageTest {
    @Test
    void whatIsWrittenIsRead() {
        MessageWriter writer = new MessageWriter()
                .bool(true)
                .integer(-7)
                .optional(OptionalInt.of(3))
                .optional(OptionalInt.empty())
                .texts(List.of("a", "", "ü😀"), "texts")
                .optionalText(Optional.empty(), "none")
                .choice(InstructionSet.AVX512_BF16);
        MessageReader reader = new MessageReader(writer.toBytes());
        assertThat(reader.bool()).isTrue();
        assertThat(reader.integer()).isEqualTo(-7);
        assertThat(reader.optionalInteger()).hasValue(3);
        assertThat(reader.optionalInteger()).isEmpty();
        assertThat(reader.list(MessageReader::text)).containsExactly("a", "", "ü😀");
        assertThat(reader.optional(MessageReader::text)).isEmpty();
        assertThat(reader.choice(InstructionSet.class)).contains(InstructionSet.AVX512_BF16);
    }

    /** Around the sizes where the writer needs more room. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 250, 251, 252, 253, 254, 255, 256, 257, 5000, 1_000_000})
    void textsOfAnyLengthArrive(int length) {
        for (String unit : List.of("a", "é", "語", "😀")) {
            String text = unit.repeat(length);
            assertThat(new MessageReader(new MessageWriter().text(text, "text").toBytes()).text()).isEqualTo(text);
        }
    }

    @Test
    void codePointsAreFound() {
        CodePointIndex plain = new CodePointIndex("né");
        assertThat(plain.indexOf(2)).isEqualTo(2);
        CodePointIndex pairs = new CodePointIndex("a😀b😀");
        assertThat(List.of(pairs.indexOf(0), pairs.indexOf(1), pairs.indexOf(2), pairs.indexOf(3), pairs.indexOf(4)))
                .containsExactly(0, 1, 3, 4, 6);
    }
}
