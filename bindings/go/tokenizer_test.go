package deberta_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

// goldenText is an entry of texts.json.
type goldenText struct {
	Text   string  `json:"text"`
	Pair   *string `json:"pair"`
	Repeat string  `json:"repeat"`
	Times  int     `json:"times"`
}

func (g goldenText) input() deberta.Input {
	text := g.Text + strings.Repeat(g.Repeat, g.Times)
	if g.Pair != nil {
		return deberta.Pair(text, *g.Pair)
	}
	return deberta.Text(text)
}

func digest(values []uint32) string {
	hash := sha256.New()
	for _, value := range values {
		hash.Write(binary.LittleEndian.AppendUint32(nil, value))
	}
	return hex.EncodeToString(hash.Sum(nil))
}

func TestTokensAreThoseOfTheReference(t *testing.T) {
	texts := readJSON[[]goldenText](t, golden("tokenizer", "texts.json"))
	for name, folder := range map[string]string{
		"code_language": bundledModel,
		"lower_punct":   golden("tokenizer", "lower_punct"),
		"nmt_nfkc":      golden("tokenizer", "nmt_nfkc"),
	} {
		t.Run(name, func(t *testing.T) {
			tokenizer := openTokenizer(t, folder)
			expected := readJSON[[]struct {
				IDs       []uint32 `json:"ids"`
				TypeIDs   []uint32 `json:"type_ids"`
				Offsets   [][2]int `json:"offsets"`
				IDsSHA256 string   `json:"ids_sha256"`
			}](t, golden("tokenizer", name, "expected.json"))
			for index, text := range texts {
				input, expected := text.input(), expected[index]
				found := must(tokenizer.Encode(input, nil))(t)
				if expected.IDsSHA256 != "" {
					if digest(found.IDs) != expected.IDsSHA256 {
						t.Errorf("other ids for a text of %d bytes", len(input.Text))
					}
					continue
				}
				if !slices.Equal(found.IDs, expected.IDs) || !slices.Equal(found.TokenTypeIDs, expected.TypeIDs) {
					t.Errorf("%q: %v, expected %v", input.Text, found.IDs, expected.IDs)
				}
				for token, offsets := range expected.Offsets {
					if found.CharOffsets[token] != (deberta.Range{Start: offsets[0], End: offsets[1]}) {
						t.Errorf("%q: token %d is at %v, expected %v", input.Text, token, found.CharOffsets[token], offsets)
					}
				}
				checkOffsets(t, input, found)
			}
		})
	}
}

// checkOffsets compares positions in bytes and in characters, and the other arrays with each other.
func checkOffsets(t *testing.T, input deberta.Input, found *deberta.Tokenized) {
	t.Helper()
	for token, bytes := range found.ByteOffsets {
		text := input.Text
		if found.SequenceIDs[token] == 1 {
			text = input.Pair
		}
		characters := deberta.Range{
			Start: utf8.RuneCountInString(text[:bytes.Start]),
			End:   utf8.RuneCountInString(text[:bytes.End]),
		}
		if characters != found.CharOffsets[token] {
			t.Errorf("%q: bytes %v are characters %v, not %v", text, bytes, characters, found.CharOffsets[token])
		}
		isSpecial := found.SpecialTokensMask[token] == 1
		if isSpecial != (found.SequenceIDs[token] == -1) || isSpecial != (found.WordIDs[token] == -1) {
			t.Errorf("%q: token %d is special: %v; sequence %d, word %d", text, token, isSpecial,
				found.SequenceIDs[token], found.WordIDs[token])
		}
	}
}

func TestTokenizerOfAModel(t *testing.T) {
	model := openBundled(t)
	tokenizer := must(model.Tokenizer())(t)
	text := "fn main() { println!(\"ü\"); }"
	tokens := must(tokenizer.Encode(deberta.Text(text), nil))(t)
	if decoded := must(tokenizer.Decode(tokens.IDs, true))(t); decoded != text {
		t.Errorf("decoded: %q", decoded)
	}
	for index, id := range tokens.IDs {
		token := must(tokenizer.Token(id))(t)
		if token != tokens.Tokens[index] || must(tokenizer.ID(token))(t) != id {
			t.Errorf("id %d is %q", id, token)
		}
	}
	long := strings.Repeat(text, 100)
	tokens = must(tokenizer.Encode(deberta.Text(long), &deberta.TokenizeOptions{OmitSpecialTokens: true}))(t)
	if decoded := must(tokenizer.Decode(tokens.IDs, false))(t); decoded != long {
		t.Error("a long text decodes to another")
	}
	special := must(tokenizer.SpecialTokens())(t)
	if special != (deberta.SpecialTokens{CLS: 1, SEP: 2, PAD: 0, UNK: 3, MASK: special.MASK}) {
		t.Errorf("special tokens: %+v", special)
	}
	if size := must(tokenizer.VocabularySize())(t); size <= 100 || size > model.Info().VocabSize {
		t.Errorf("the vocabulary has %d entries", size)
	}
	_, err := open(t, golden("v3_shared"), deberta.OpenOptions{}).Tokenizer()
	refused(t, err, deberta.CodeNotFound, "no tokenizer")
}

func TestTokenizerOpensAlone(t *testing.T) {
	size := must(openTokenizer(t, bundledModel).VocabularySize())(t)
	file := openTokenizer(t, filepath.Join(bundledModel, "tokenizer.json"))
	if must(file.VocabularySize())(t) != size {
		t.Error("the file has another vocabulary than its folder")
	}
	_, err := deberta.OpenTokenizer(goldens)
	refused(t, err, deberta.CodeNotFound, "there is no tokenizer.json")
	_, err = deberta.OpenTokenizer(golden("nowhere"))
	refused(t, err, deberta.CodeNotFound, "nowhere")
	_, err = deberta.OpenTokenizer(golden("cases.json"))
	refused(t, err, deberta.CodeInvalidTokenizer, "cases.json")
	_, err = deberta.OpenTokenizer("a\x00b")
	refused(t, err, deberta.CodeInvalidArgument, "NUL")
}

func openTokenizer(t testing.TB, path string) *deberta.Tokenizer {
	t.Helper()
	tokenizer := must(deberta.OpenTokenizer(path))(t)
	t.Cleanup(func() { tokenizer.Close() })
	return tokenizer
}

func TestTruncationIsReported(t *testing.T) {
	tokenizer := openTokenizer(t, bundledModel)
	text := "one two three four five six seven eight nine ten"
	whole := must(tokenizer.Encode(deberta.Text(text), nil))(t)
	if whole.Truncated != nil {
		t.Errorf("nothing was cut off, but %+v", whole.Truncated)
	}
	options := &deberta.TokenizeOptions{MaxLength: 8, Truncation: deberta.TruncationLongestFirst}
	cut := must(tokenizer.Encode(deberta.Text(text), options))(t)
	expected := deberta.Truncated{
		TotalTokens:      len(whole.IDs),
		RemovedTokens:    [2]int{len(whole.IDs) - 8, 0},
		FirstRemovedByte: [2]int{whole.ByteOffsets[7].Start, -1},
		FirstRemovedChar: [2]int{whole.CharOffsets[7].Start, -1},
	}
	if len(cut.IDs) != 8 || cut.Truncated == nil || *cut.Truncated != expected {
		t.Errorf("%d tokens, %+v, expected %+v", len(cut.IDs), cut.Truncated, expected)
	}
}
