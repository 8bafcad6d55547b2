package deberta

import (
	"context"
	"slices"

	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// Tokenizer turns texts into token ids and back. It never changes; its methods may be called from any number of
// goroutines at once.
type Tokenizer struct {
	resource  *resource
	tokenizer *capi.Tokenizer
	// owned tells that the resource is this tokenizer and not a model.
	owned bool
}

// OpenTokenizer opens a tokenizer without a model: a tokenizer.json, or the folder that one is in.
func OpenTokenizer(path string) (*Tokenizer, error) {
	if err := capi.CheckABI(); err != nil {
		return nil, failure(context.Background(), err)
	}
	tokenizer, err := capi.OpenTokenizer(path)
	if err != nil {
		return nil, failure(context.Background(), err)
	}
	return &Tokenizer{newResource("tokenizer", tokenizer.Free), tokenizer, true}, nil
}

// Close frees a tokenizer of [OpenTokenizer], as [Model.Close] does a model; that of a model is closed with the model.
func (t *Tokenizer) Close() error {
	if t != nil && t.owned {
		t.resource.close()
	}
	return nil
}

// Tokenized are the tokens of one input. Slices have one element for each token. Offsets are positions in the caller's
// own text, before any normalization: in the first text for sequence id 0, in the second for 1, and 0 to 0 for special
// tokens that were added. They include the space before a word where the token does.
type Tokenized struct {
	IDs, TokenTypeIDs []uint32
	// Tokens are spelled as in the vocabulary.
	Tokens []string
	// ByteOffsets are in bytes of UTF-8, CharOffsets in Unicode scalar values.
	ByteOffsets, CharOffsets []Range
	// SpecialTokensMask is 1 for special tokens that were added, else 0.
	SpecialTokensMask []uint8
	// SequenceIDs are 0 for the first text, 1 for the second, -1 for special tokens that were added.
	SequenceIDs []int32
	// WordIDs tell which words of their text the tokens are part of; -1 for special tokens that were added.
	WordIDs []int64
	// Truncated tells what was cut off; nil if nothing was.
	Truncated *Truncated
}

func tokenized(t *capi.Tokenized) Tokenized {
	return Tokenized{
		IDs:               slices.Clone(t.IDs()),
		TokenTypeIDs:      slices.Clone(t.TokenTypeIDs()),
		Tokens:            t.Tokens(),
		ByteOffsets:       ranges(t.ByteOffsets()),
		CharOffsets:       ranges(t.CharOffsets()),
		SpecialTokensMask: slices.Clone(t.SpecialTokensMask()),
		SequenceIDs:       slices.Clone(t.SequenceIDs()),
		WordIDs:           slices.Clone(t.WordIDs()),
		Truncated:         truncated(t.Truncated()),
	}
}

func ranges(found []capi.Range) []Range {
	result := make([]Range, len(found))
	for index, r := range found {
		result[index] = Range(r)
	}
	return result
}

// tokenizing calls with the tokenizer acquired.
func tokenizing[T any](t *Tokenizer, call func(*capi.Tokenizer) (T, error)) (T, error) {
	var none T
	if err := t.resource.acquire(); err != nil {
		return none, err
	}
	defer t.resource.release()
	result, err := call(t.tokenizer)
	if err != nil {
		return none, failure(context.Background(), err)
	}
	return result, nil
}

// Encode tokenizes an input. It refuses windows.
func (t *Tokenizer) Encode(input Input, options *TokenizeOptions) (*Tokenized, error) {
	return tokenizing(t, func(tokenizer *capi.Tokenizer) (*Tokenized, error) {
		found, err := tokenizer.Encode(capi.Text(input), options.capi())
		return answered(found, err, func(found *capi.Tokenized) *Tokenized {
			result := tokenized(found)
			return &result
		})
	})
}

// Decode returns the text of the ids.
func (t *Tokenizer) Decode(ids []uint32, skipSpecialTokens bool) (string, error) {
	return tokenizing(t, func(tokenizer *capi.Tokenizer) (string, error) {
		return tokenizer.Decode(ids, skipSpecialTokens)
	})
}

// Token returns the token of an id, as the vocabulary spells it.
func (t *Tokenizer) Token(id uint32) (string, error) {
	return tokenizing(t, func(tokenizer *capi.Tokenizer) (string, error) { return tokenizer.Token(id) })
}

// ID returns the id of a token.
func (t *Tokenizer) ID(token string) (uint32, error) {
	return tokenizing(t, func(tokenizer *capi.Tokenizer) (uint32, error) { return tokenizer.ID(token) })
}

// VocabularySize returns the number of ids.
func (t *Tokenizer) VocabularySize() (int, error) {
	return tokenizing(t, func(tokenizer *capi.Tokenizer) (int, error) { return tokenizer.VocabularySize(), nil })
}

// SpecialTokens are ids of special tokens, -1 for those that the vocabulary lacks.
type SpecialTokens struct {
	// CLS is first in every input, SEP after each text, PAD padding, UNK what the vocabulary cannot spell, MASK the blank
	// of masked language modelling.
	CLS, SEP, PAD, UNK, MASK int64
}

// SpecialTokens returns the ids of the special tokens.
func (t *Tokenizer) SpecialTokens() (SpecialTokens, error) {
	return tokenizing(t, func(tokenizer *capi.Tokenizer) (SpecialTokens, error) {
		found, err := tokenizer.SpecialTokens()
		return SpecialTokens(found), err
	})
}
