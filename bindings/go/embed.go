package deberta

import (
	"context"
	"slices"

	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// Pooling says how the hidden states of a text's tokens become one vector. Special tokens count like all others.
type Pooling int32

const (
	// PoolingMean is the mean over the tokens. Of a text in windows, a token counts as often as there are windows that it
	// is in. The default.
	PoolingMean Pooling = 0
	// PoolingCLS is the first token; the mean of the first tokens of the windows.
	PoolingCLS Pooling = 1
	// PoolingMax is the largest value of any token, for each dimension.
	PoolingMax Pooling = 2
)

// EmbedOptions say how to embed.
type EmbedOptions struct {
	Tokenize *TokenizeOptions
	Run      RunOptions
	Pooling  Pooling
	// Normalize gives vectors the length 1, except those of zeros.
	Normalize bool
	// LayersBeforeLast is how many layers before the last one the hidden states are taken from; as many as the model has
	// layers for the output of the embeddings. Later layers are not computed.
	LayersBeforeLast int
}

func (o *EmbedOptions) capi() capi.EmbedOptions {
	return capi.EmbedOptions{
		Tokenize:         o.Tokenize.capi(),
		Pooling:          int32(o.Pooling),
		Normalize:        o.Normalize,
		LayersBeforeLast: o.LayersBeforeLast,
	}
}

// Embedding is the vector of a text.
type Embedding struct {
	// Vector is [HiddenSize].
	Vector []float32
	// Windows is the number of windows that the text was read in, at least 1.
	Windows int
	// Truncated tells what was cut off of the text; nil if nothing was.
	Truncated *Truncated
}

// Embed makes a vector of each text.
func (m *Model) Embed(ctx context.Context, inputs []Input, options *EmbedOptions) ([]Embedding, error) {
	o := valueOf(options)
	return limited(ctx, m.resource, o.Run, func(run *capi.Run) ([]Embedding, error) {
		found, err := m.model.Embed(capiTexts(inputs), o.capi(), run)
		return answered(found, err, embeddings)
	})
}

// EmbedInto writes the vectors of the texts to values, one after the other: [len(inputs), HiddenSize]. It returns the
// number of floats written; with [CodeBufferTooSmall] that of those needed, and nothing is written.
func (m *Model) EmbedInto(
	ctx context.Context, values []float32, inputs []Input, options *EmbedOptions,
) (int, error) {
	o := valueOf(options)
	return limited(ctx, m.resource, o.Run, func(run *capi.Run) (int, error) {
		return m.model.EmbedInto(values, capiTexts(inputs), o.capi(), run)
	})
}

func embeddings(found *capi.Embeddings) []Embedding {
	result := make([]Embedding, found.Rows())
	vectors := slices.Clone(found.Vectors())
	size := len(vectors) / max(len(result), 1)
	for row := range result {
		end := (row + 1) * size
		result[row] = Embedding{vectors[row*size : end : end], found.Windows(row), truncated(found.Truncated(row))}
	}
	return result
}
