package deberta_test

import (
	"encoding/binary"
	"errors"
	"testing"
	"unicode/utf8"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

// isRefusal fails the test if the error is none of this package, or tells of a fault of the library.
func isRefusal(t *testing.T, err error) {
	t.Helper()
	var failure *deberta.Error
	if !errors.As(err, &failure) || failure.Code == deberta.CodeInternal || failure.Message == "" {
		t.Errorf("%v", err)
	}
}

func FuzzTexts(f *testing.F) {
	for _, text := range []string{"", "fn main() {}", "a\x00b", "\xff", "é\u0301 😀 [MASK]", "\xed\xa0\x80"} {
		f.Add(text, "pair", true, 16, int32(1), false, 0)
		f.Add(text, "", false, 0, int32(0), true, 3)
	}
	model := openBundled(f)
	f.Fuzz(func(t *testing.T, text, pair string, hasPair bool, maxLength int, truncation int32, windows bool, stride int) {
		// Windows that move by one token each are as many as there are tokens.
		if len(text)+len(pair) > 500 {
			return
		}
		input := deberta.Input{Text: text, Pair: pair, HasPair: hasPair}
		options := &deberta.TokenizeOptions{
			MaxLength: maxLength, Truncation: deberta.Truncation(truncation), Windows: windows, Stride: stride,
		}
		answers, err := model.Classify(ctx, []deberta.Input{input}, &deberta.ClassifyOptions{Tokenize: options})
		if err != nil {
			isRefusal(t, err)
		} else if len(answers) != 1 || len(answers[0].Scores) != 19 {
			t.Errorf("%+v", answers)
		}
		tokenizer := must(model.Tokenizer())(t)
		tokens, err := tokenizer.Encode(input, options)
		if err != nil {
			isRefusal(t, err)
			return
		}
		if !utf8.ValidString(text) {
			t.Errorf("%q is accepted", text)
		}
		checkOffsets(t, input, tokens)
		must(tokenizer.Decode(tokens.IDs, true))(t)
	})
}

func FuzzBatches(f *testing.F) {
	f.Add([]byte{5, 6, 7, 8}, []byte{1, 1, 1, 0}, []byte{0, 0, 1, 1}, 2, 2)
	f.Add([]byte{5, 6, 7, 8}, []byte{}, []byte{}, 1, 4)
	f.Add([]byte{255, 0}, []byte{2}, []byte{9}, -1, 1<<62)
	model := open(f, golden("token_types"), deberta.OpenOptions{Threads: 1})
	f.Fuzz(func(t *testing.T, ids, mask, types []byte, rows, length int) {
		if len(ids) > 200 {
			return
		}
		batch := deberta.Padded{
			InputIDs: wide(ids), AttentionMask: wide(mask), TokenTypeIDs: wide(types), Rows: rows, Length: length,
		}
		encoded, err := model.Encode(ctx, batch, &deberta.EncodeOptions{Outputs: everything, Padded: true})
		if err != nil {
			isRefusal(t, err)
		} else if len(encoded.LastHiddenState) != rows*length*encoded.HiddenSize {
			t.Errorf("%d floats", len(encoded.LastHiddenState))
		}
		ragged := deberta.Ragged{RowOffsets: []int{0, rows, length, len(ids)}}
		for _, id := range ids {
			ragged.IDs = append(ragged.IDs, uint32(id))
		}
		if _, err := model.Encode(ctx, ragged, nil); err != nil {
			isRefusal(t, err)
		}
	})
}

// wide makes numbers of bytes: those above 127 become large or negative; nil of none.
func wide(bytes []byte) []int64 {
	var numbers []int64
	for _, b := range bytes {
		number := int64(b)
		if b > 127 {
			number = int64(binary.LittleEndian.Uint64([]byte{b, b, b, b, b, b, b, b}))
		}
		numbers = append(numbers, number)
	}
	return numbers
}
