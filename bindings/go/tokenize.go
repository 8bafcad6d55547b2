package deberta

import "github.com/libdeberta/libdeberta/bindings/go/internal/capi"

// Truncation says what to do with an input of more tokens than the limit. Tokens are always cut off at the end of a text.
type Truncation int32

const (
	// TruncationError refuses it with [CodeTooLong]. The default.
	TruncationError Truncation = 0
	// TruncationLongestFirst shortens the longer text until both are equally long, then both.
	TruncationLongestFirst Truncation = 1
	// TruncationOnlyFirst shortens the first text only.
	TruncationOnlyFirst Truncation = 2
	// TruncationOnlySecond shortens the second text only.
	TruncationOnlySecond Truncation = 3
	// TruncationRoundRobin gives room to the texts one token at a time in turn, as Keras does unless told otherwise.
	TruncationRoundRobin Truncation = 4
	// TruncationWaterfall gives all room to the first text, and what it leaves to the second.
	TruncationWaterfall Truncation = 5
)

// TokenizeOptions say how to tokenize, and what becomes of long texts.
type TokenizeOptions struct {
	// MaxLength is the most tokens that an input may have, special tokens included; 0 for no limit.
	MaxLength int
	// Truncation says what to do with an input of more tokens.
	Truncation Truncation
	// OmitSpecialTokens leaves out [CLS] and [SEP].
	OmitSpecialTokens bool
	// Windows has tasks read an input of more than MaxLength tokens, or where that is 0 of more than the model's
	// MaxPositionEmbeddings, in windows of that length. Of a pair, [TruncationOnlyFirst] and [TruncationOnlySecond] say
	// which text is cut, otherwise it is the longer one; the other one is whole in every window. Functions that give one
	// encoding for each text refuse it.
	Windows bool
	// Stride is how many tokens a window shares with the one before it.
	Stride int
}

func (o *TokenizeOptions) capi() *capi.TokenizeOptions {
	if o == nil {
		return nil
	}
	return &capi.TokenizeOptions{
		MaxLength:         o.MaxLength,
		Truncation:        int32(o.Truncation),
		OmitSpecialTokens: o.OmitSpecialTokens,
		Windows:           o.Windows,
		Stride:            o.Stride,
	}
}

// WindowMerge says how the windows of a long text become one answer.
type WindowMerge int32

const (
	// WindowMergeUsual is what the task does unless told otherwise. The default.
	WindowMergeUsual WindowMerge = 0
	// WindowMergeMean is the mean of the windows' logits: what the text says on the whole.
	WindowMergeMean WindowMerge = 1
	// WindowMergeMax is the largest logit of any window: whether the text says it anywhere.
	WindowMergeMax WindowMerge = 2
)

// Range is a half-open range of positions in a text.
type Range struct {
	Start, End int
}

// Truncated tells what truncation cut off. Arrays hold the first text's value and the second's.
type Truncated struct {
	// TotalTokens is the number of tokens that the whole input has, special tokens included.
	TotalTokens int
	// RemovedTokens were cut off at the end of each text.
	RemovedTokens [2]int
	// FirstRemovedByte is where in each text the first removed token starts; -1 for a text that was kept whole.
	FirstRemovedByte [2]int
	// FirstRemovedChar is the same in Unicode scalar values.
	FirstRemovedChar [2]int
}

func truncated(t *capi.Truncated) *Truncated {
	if t == nil {
		return nil
	}
	result := Truncated(*t)
	return &result
}
