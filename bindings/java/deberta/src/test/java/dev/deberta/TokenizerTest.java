package dev.deberta;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {
    private static Tokenizer tokenizer;

    @BeforeAll
    static void open() {
        tokenizer = Tokenizer.open(Repository.BUNDLED_MODEL.resolve("tokenizer.json"));
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"fn main() {}", "naïve café", "日本語の文章と😀絵文字 and more", "  spaces\tand\nlines ", "😀😀"})
    void tokensAreThoseOfTheCommandLine(String text) {
        JsonObject expected = JsonParser.parseString(Repository.command(
                        "tokenize", "--json", "--model", Repository.BUNDLED_MODEL.toString(), text))
                .getAsJsonObject();
        Encoding found = tokenizer.encode(text);
        assertThat(found.ids())
                .isEqualTo(expected.getAsJsonArray("ids").asList().stream().mapToInt(id -> id.getAsInt()).toArray());
        assertThat(found.tokens())
                .isEqualTo(expected.getAsJsonArray("tokens").asList().stream().map(token -> token.getAsString()).toList());
        assertRanges(found, text, 0);
    }

    /** All three ways of counting name the same part of the text. */
    private static void assertRanges(Encoding encoding, String text, int sequence) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int token = 0; token < encoding.length(); token++) {
            TextRange range = encoding.ranges().get(token);
            if (encoding.sequenceIds()[token] != sequence) {
                continue;
            }
            int start = text.offsetByCodePoints(0, range.codePointStart());
            int end = text.offsetByCodePoints(0, range.codePointEnd());
            assertThat(range.of(text)).isEqualTo(text.substring(start, end)).isEqualTo(new String(
                    bytes, range.byteStart(), range.byteEnd() - range.byteStart(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void pairsHaveTheirSequences() {
        String text = "one 😀";
        String pair = "two é 😀 three";
        Encoding found = tokenizer.encode(TextInput.of(text, pair), TokenizeOptions.defaults());
        assertThat(found.sequenceIds()).startsWith(-1, 0).endsWith(1, -1);
        assertThat(found.tokenTypeIds()).startsWith(0, 0).endsWith(1, 1);
        assertThat(found.specialTokensMask()[0]).isTrue();
        assertThat(found.specialTokensMask()[1]).isFalse();
        assertThat(found.wordIds()[0]).isEqualTo(-1);
        assertThat(found.wordIds()[1]).isZero();
        assertRanges(found, text, 0);
        assertRanges(found, pair, 1);
        Encoding last = tokenizer.encode(TextInput.of(text), TokenizeOptions.defaults().withAddSpecialTokens(false));
        assertThat(last.sequenceIds()).containsOnly(0);
    }

    @Test
    void idsAndTokensAreEachOthers() {
        SpecialTokens special = tokenizer.specialTokens();
        assertThat(tokenizer.id("[CLS]")).isEqualTo(special.cls()).isPresent();
        assertThat(tokenizer.id("[SEP]")).isEqualTo(special.sep());
        assertThat(tokenizer.id("[MASK]")).isEqualTo(special.mask());
        assertThat(tokenizer.token(special.pad().orElseThrow())).contains("[PAD]");
        assertThat(tokenizer.token(special.unk().orElseThrow())).contains("[UNK]");
        int id = tokenizer.encode("main").ids()[1];
        assertThat(tokenizer.id(tokenizer.token(id).orElseThrow())).hasValue(id);
        assertThat(tokenizer.vocabularySize()).isGreaterThan(id);
        int[] ids = tokenizer.encode("fn main() {}").ids();
        assertThat(tokenizer.decode(ids, true)).isEqualTo("fn main() {}");
        assertThat(tokenizer.decode(ids, false)).startsWith("[CLS]").endsWith("[SEP]");
    }

    @Test
    void textsAreEncodedInTheirOrder() {
        List<TextInput> inputs = TextInput.ofAll(List.of("a", "b c", ""));
        List<Encoding> found = tokenizer.encodeAll(inputs, TokenizeOptions.defaults());
        for (int index = 0; index < inputs.size(); index++) {
            assertThat(found.get(index).ids()).isEqualTo(tokenizer.encode(inputs.get(index).text()).ids());
        }
    }
}
