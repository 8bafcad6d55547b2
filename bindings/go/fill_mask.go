package deberta

import (
	"context"

	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// FillMaskOptions say how to fill masks.
type FillMaskOptions struct {
	Tokenize *TokenizeOptions
	Run      RunOptions
	// TopK is the most answers for each mask; 0 for 5, or where there are candidates, for all of them.
	TopK int
	// Candidates are the tokens to choose from, each as the vocabulary spells it ("▁word") or as a text that is one
	// token; nil for the whole vocabulary, which scores are always taken over.
	Candidates []string
}

// Fill is a token in the place of a mask.
type Fill struct {
	// Token is spelled as in the vocabulary; empty for an id that the model has and the tokenizer has not.
	Token string
	ID    uint32
	// Score is the token's probability, Logit the raw score.
	Score, Logit float32
}

// FilledMask is a mask of a text, and what may stand there from the highest score to the lowest.
type FilledMask struct {
	// Token is the mask's index among the tokens of the text, without special tokens that are added around it.
	Token int
	// ByteRange is where the mask stands in the text, in bytes, CharRange in Unicode scalar values.
	ByteRange, CharRange Range
	Fills                []Fill
}

// FilledMasks are the masks of a text in their order.
type FilledMasks struct {
	Masks []FilledMask
	// Windows is the number of windows that the text was read in, at least 1.
	Windows int
	// Truncated tells what was cut off of the text; nil if nothing was.
	Truncated *Truncated
}

// FillMask finds what may stand in the place of every [MASK] of the texts, with the model's masked language modelling
// head.
func (m *Model) FillMask(ctx context.Context, texts []string, options *FillMaskOptions) ([]FilledMasks, error) {
	o := valueOf(options)
	return limited(ctx, m.resource, o.Run, func(run *capi.Run) ([]FilledMasks, error) {
		found, err := m.model.FillMask(texts, capi.FillMaskOptions{
			Tokenize:   o.Tokenize.capi(),
			TopK:       o.TopK,
			Candidates: o.Candidates,
		}, run)
		return answered(found, err, filledMasks)
	})
}

func filledMasks(found *capi.FilledMasks) []FilledMasks {
	result := make([]FilledMasks, found.Rows())
	for row := range result {
		masks := make([]FilledMask, found.Count(row))
		for index := range masks {
			mask := found.Mask(row, index)
			fills := make([]Fill, mask.Fills)
			for place := range fills {
				fills[place] = Fill(found.Fill(row, index, place))
			}
			masks[index] = FilledMask{mask.Token, Range(mask.ByteRange), Range(mask.CharRange), fills}
		}
		result[row] = FilledMasks{masks, found.Windows(row), truncated(found.Truncated(row))}
	}
	return result
}
