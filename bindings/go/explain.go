package deberta

import (
	"context"
	"slices"

	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// Relevance says how relevant a token is.
type Relevance int32

const (
	// RelevanceRollout is how much of what reaches the first token comes from each token, through the attention of all
	// layers. Values are not negative and sum to 1. For every model; knows nothing of labels.
	RelevanceRollout Relevance = 0
	// RelevanceOcclusion is how much the label's logit falls when the token is replaced by [MASK]. For sequence
	// classifiers; reads the text once more for each of its tokens.
	RelevanceOcclusion Relevance = 1
)

// ExplainOptions say how to explain.
type ExplainOptions struct {
	// Tokenize says how to tokenize; windows are refused.
	Tokenize *TokenizeOptions
	// Run counts the variants of the text that occlusion reads.
	Run    RunOptions
	Method Relevance
	// Label is the one that occlusion explains, by its index; nil for that with the highest logit.
	Label *int
	// Attentions keeps the attention probabilities of every layer.
	Attentions bool
}

// RelativePosition is what a distance between two tokens stands for.
type RelativePosition struct {
	// Bucket is 0 for the distance 0 and has the distance's sign.
	Bucket int32
	// Row is that of the relative embeddings.
	Row int32
}

// Explanation is what the model made of a text.
type Explanation struct {
	Tokenized Tokenized
	// Relevance is that of each token.
	Relevance []float32
	// Attentions are [NumAttentionHeads, tokens, tokens] for each layer: each query's over all keys sum to 1. Nil if not
	// asked for.
	Attentions        [][]float32
	NumAttentionHeads int
	// Label is the one that occlusion explained; -1 without.
	Label int
	// Logits are [NumLabels] from a head with a pooler, [tokens, NumLabels] from any other; empty if there are none.
	Logits     []float32
	LogitsHead Head
	NumLabels  int
	// Scores are what the configuration says is made of the logits of classifiers, in the same order.
	Scores []float32
	// RelativePositions are for the distances from 1 - tokens to tokens - 1; nil if the model has none.
	RelativePositions []RelativePosition
}

// RelativePosition returns what the distance of two tokens stands for: the query's position minus the key's. It returns
// false if no two tokens of the text are that far apart, or the model has no relative positions.
func (e *Explanation) RelativePosition(distance int) (position RelativePosition, ok bool) {
	index := distance + len(e.RelativePositions)/2
	if index < 0 || index >= len(e.RelativePositions) {
		return RelativePosition{}, false
	}
	return e.RelativePositions[index], true
}

// Explain tells how relevant each token of a text is, and with what attention it was read.
func (m *Model) Explain(ctx context.Context, input Input, options *ExplainOptions) (*Explanation, error) {
	o := valueOf(options)
	return limited(ctx, m.resource, o.Run, func(run *capi.Run) (*Explanation, error) {
		found, err := m.model.Explain(capi.Text(input), capi.ExplainOptions{
			Tokenize:   o.Tokenize.capi(),
			Label:      o.Label,
			Method:     int32(o.Method),
			Attentions: o.Attentions,
		}, run)
		return answered(found, err, explanation)
	})
}

func explanation(found *capi.Explanation) *Explanation {
	info := found.Info()
	result := &Explanation{
		Tokenized:         tokenized(found.Tokenized()),
		Relevance:         slices.Clone(found.Relevance()),
		NumAttentionHeads: info.NumAttentionHeads,
		Label:             -1,
		Logits:            slices.Clone(found.Logits()),
		LogitsHead:        Head(info.LogitsHead),
		NumLabels:         info.NumLabels,
		Scores:            slices.Clone(found.Scores()),
	}
	if info.Label != nil {
		result.Label = *info.Label
	}
	for layer := range info.Attentions {
		result.Attentions = append(result.Attentions, slices.Clone(found.Attentions(layer)))
	}
	if info.HasRelativePositions {
		for distance := 1 - info.Tokens; distance < info.Tokens; distance++ {
			bucket, row := found.RelativePosition(distance)
			result.RelativePositions = append(result.RelativePositions, RelativePosition{bucket, row})
		}
	}
	return result
}
