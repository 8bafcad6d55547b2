package deberta

import (
	"context"

	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// Aggregation says how tokens become entities; the names and rules are those of transformers' token classification
// pipeline.
type Aggregation int32

const (
	// AggregationNone leaves every token on its own, with its label as the model names it. The default.
	AggregationNone Aggregation = 0
	// AggregationSimple makes one entity of neighbouring tokens whose labels continue each other.
	AggregationSimple Aggregation = 1
	// AggregationFirst goes by words, each with the label and the score of its first token.
	AggregationFirst Aggregation = 2
	// AggregationAverage goes by words, each with the label whose scores are highest on average over its tokens.
	AggregationAverage Aggregation = 3
	// AggregationMax goes by words, each with the label and the score of the token with the highest score.
	AggregationMax Aggregation = 4
)

// TagOptions say how tokens become entities.
type TagOptions struct {
	Tokenize    *TokenizeOptions
	Run         RunOptions
	Aggregation Aggregation
	// IgnoredLabels are left out: names of labels for [AggregationNone], names of entities, which have no prefix, for all
	// others. Nil for "O" alone; an empty slice that is not nil to leave out nothing.
	IgnoredLabels []string
}

// Entity is one token of a text, or several that belong together.
type Entity struct {
	// Label is the kind of entity, without the prefix of a scheme ("PER" for "B-PER"); the label as it is for
	// [AggregationNone].
	Label string
	// Word is its tokens as text, after the tokenizer's normalization; the token as the vocabulary spells it for
	// [AggregationNone].
	Word string
	// Score is the label's probability: the mean over the entity's tokens, or over its words where the aggregation is by
	// words.
	Score float32
	// ByteRange is where it is in the text, in bytes, CharRange in Unicode scalar values, with the white space in front
	// of it where its first token has it.
	ByteRange, CharRange Range
	// Tokens are counted as [Tokenizer.Encode] counts those of the whole text, special tokens included.
	Tokens Range
}

// Tagged are the entities of a text, in its order.
type Tagged struct {
	Entities []Entity
	// Windows is the number of windows that the text was read in, at least 1.
	Windows int
	// Truncated tells what was cut off of the text; nil if nothing was.
	Truncated *Truncated
}

// Tag finds the entities of texts, with the model's token classification head.
func (m *Model) Tag(ctx context.Context, texts []string, options *TagOptions) ([]Tagged, error) {
	o := valueOf(options)
	return limited(ctx, m.resource, o.Run, func(run *capi.Run) ([]Tagged, error) {
		found, err := m.model.Tag(texts, capi.TagOptions{
			Tokenize:      o.Tokenize.capi(),
			IgnoredLabels: o.IgnoredLabels,
			Aggregation:   int32(o.Aggregation),
		}, run)
		return answered(found, err, tagged)
	})
}

func tagged(found *capi.Tagged) []Tagged {
	result := make([]Tagged, found.Rows())
	for row := range result {
		entities := make([]Entity, found.Count(row))
		for index := range entities {
			entity := found.Entity(row, index)
			entities[index] = Entity{
				Label:     entity.Label,
				Word:      entity.Word,
				Score:     entity.Score,
				ByteRange: Range(entity.ByteRange),
				CharRange: Range(entity.CharRange),
				Tokens:    Range(entity.Tokens),
			}
		}
		result[row] = Tagged{entities, found.Windows(row), truncated(found.Truncated(row))}
	}
	return result
}
