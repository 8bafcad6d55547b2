package deberta

import (
	"context"
	"slices"

	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// Outputs are bits for what to return beside the last hidden state.
type Outputs int32

const (
	// OutputHiddenStates are the hidden states of the embeddings and of every layer.
	OutputHiddenStates Outputs = 1
	// OutputAttentions are the attention probabilities of every layer.
	OutputAttentions Outputs = 2
	// OutputLogits are the head's logits, if the model has a head.
	OutputLogits Outputs = 4
)

// EncodeOptions say what to return.
type EncodeOptions struct {
	Outputs Outputs
	// Padded returns arrays with padding, which is zeros; otherwise there are only valid tokens, row after row.
	Padded bool
}

// Encoded is what the encoder makes of a batch of rows.
type Encoded struct {
	// Rows is the number of rows, Tokens that of valid tokens in all of them, Length the rows' length with padding.
	Rows, Tokens, Length          int
	HiddenSize, NumAttentionHeads int
	// LogitsHead tells whose logits there are; NumLabels is the length of a row of them.
	LogitsHead Head
	NumLabels  int
	// RowOffsets are where rows begin among the valid tokens, and where the last one ends.
	RowOffsets []int
	// Positions are those that the valid tokens had in their rows.
	Positions []uint32
	// LastHiddenState is [Tokens, HiddenSize]; [Rows, Length, HiddenSize] with padding.
	LastHiddenState []float32
	// HiddenStates are the same for the embeddings and each layer.
	HiddenStates [][]float32
	// Attentions are for each layer, row after row, [NumAttentionHeads, n, n] for the n tokens of a row: queries, then
	// keys; [Rows, NumAttentionHeads, Length, Length] with padding.
	Attentions [][]float32
	// Logits are [Rows, NumLabels] from a head with one answer for each row; from any other [Tokens, NumLabels], or
	// [Rows, Length, NumLabels] with padding.
	Logits []float32
	// Tokenized are the tokens of each row of [Model.EncodeTexts]; else nil.
	Tokenized []Tokenized
}

// Encode encodes token ids or embeddings.
func (m *Model) Encode(ctx context.Context, batch Batch, options *EncodeOptions) (*Encoded, error) {
	if batch == nil {
		return nil, invalid("the batch is nil")
	}
	o := valueOf(options)
	return limited(ctx, m.resource, RunOptions{}, func(run *capi.Run) (*Encoded, error) {
		found, err := batch.encode(m.model, int32(o.Outputs), run)
		return answered(found, err, func(found *capi.Encoded) *Encoded { return encoded(found, o.Padded) })
	})
}

// EncodeInto encodes token ids or embeddings and writes the last hidden state to values, without another copy:
// [tokens, HiddenSize] of [Ragged], [Rows, Length, HiddenSize] of others. It returns the number of floats written; with
// [CodeBufferTooSmall] that of those needed, and nothing is written.
func (m *Model) EncodeInto(ctx context.Context, values []float32, batch Batch) (int, error) {
	if batch == nil {
		return 0, invalid("the batch is nil")
	}
	return limited(ctx, m.resource, RunOptions{}, func(run *capi.Run) (int, error) {
		return batch.encodeInto(m.model, values, run)
	})
}

// EncodeTexts tokenizes and encodes texts. It refuses windows.
func (m *Model) EncodeTexts(
	ctx context.Context, inputs []Input, tokenize *TokenizeOptions, options *EncodeOptions,
) (*Encoded, error) {
	o := valueOf(options)
	return limited(ctx, m.resource, RunOptions{}, func(run *capi.Run) (*Encoded, error) {
		found, err := m.model.EncodeTexts(capiTexts(inputs), tokenize.capi(), int32(o.Outputs), run)
		return answered(found, err, func(found *capi.Encoded) *Encoded {
			result := encoded(found, o.Padded)
			result.Tokenized = make([]Tokenized, result.Rows)
			for row := range result.Tokenized {
				result.Tokenized[row] = tokenized(found.Tokenized(row))
			}
			return result
		})
	})
}

func encoded(found *capi.Encoded, padded bool) *Encoded {
	info := found.Info()
	result := &Encoded{
		Rows:              info.Rows,
		Tokens:            info.Tokens,
		Length:            info.Length,
		HiddenSize:        info.HiddenSize,
		NumAttentionHeads: info.NumAttentionHeads,
		LogitsHead:        Head(info.LogitsHead),
		NumLabels:         info.NumLabels,
		RowOffsets:        slices.Clone(found.RowOffsets()),
		Positions:         slices.Clone(found.Positions()),
	}
	lastHiddenState, hiddenStates := found.LastHiddenState, found.HiddenStates
	attentions, logits := found.Attentions, found.Logits
	keep := slices.Clone[[]float32]
	if padded {
		lastHiddenState, hiddenStates = found.LastHiddenStatePadded, found.HiddenStatesPadded
		attentions, logits = found.AttentionsPadded, found.LogitsPadded
		keep = func(values []float32) []float32 { return values }
	}
	result.LastHiddenState = keep(lastHiddenState())
	for layer := range info.HiddenStates {
		result.HiddenStates = append(result.HiddenStates, keep(hiddenStates(layer)))
	}
	for layer := range info.Attentions {
		result.Attentions = append(result.Attentions, keep(attentions(layer)))
	}
	if result.LogitsHead != HeadNone {
		result.Logits = keep(logits())
	}
	return result
}
