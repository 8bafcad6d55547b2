package deberta

import "github.com/libdeberta/libdeberta/bindings/go/internal/capi"

// Batch is rows of tokens to encode: [Ragged], [Padded] or [Embedded]. Its slices are handed over without copying and
// must not change during the call.
type Batch interface {
	encode(model *capi.Model, outputs int32, run *capi.Run) (*capi.Encoded, error)
	encodeInto(model *capi.Model, values []float32, run *capi.Run) (int, error)
}

// Ragged are rows of token ids without padding, one after the other.
type Ragged struct {
	IDs []uint32
	// TokenTypeIDs are as many as IDs; nil for zeros.
	TokenTypeIDs []uint32
	// RowOffsets are where the rows begin, and where the last one ends: one more than there are rows, from 0 to
	// len(IDs).
	RowOffsets []int
}

// Rows returns the ragged batch of the rows, which it copies.
func Rows(rows ...[]uint32) Ragged {
	batch := Ragged{RowOffsets: make([]int, 1, len(rows)+1)}
	for _, row := range rows {
		batch.IDs = append(batch.IDs, row...)
		batch.RowOffsets = append(batch.RowOffsets, len(batch.IDs))
	}
	return batch
}

func (b Ragged) encode(model *capi.Model, outputs int32, run *capi.Run) (*capi.Encoded, error) {
	return model.EncodeRagged(capi.Ragged(b), outputs, run)
}

func (b Ragged) encodeInto(model *capi.Model, values []float32, run *capi.Run) (int, error) {
	return model.EncodeRaggedInto(values, capi.Ragged(b), run)
}

// Padded are rows of token ids of one length: every slice that is not nil is [Rows, Length].
type Padded struct {
	InputIDs []int64
	// AttentionMask is 1 for tokens and 0 for padding; nil for no padding.
	AttentionMask []int64
	// TokenTypeIDs are zeros if nil.
	TokenTypeIDs []int64
	Rows, Length int
}

func (b Padded) encode(model *capi.Model, outputs int32, run *capi.Run) (*capi.Encoded, error) {
	return model.EncodePadded(capi.Padded(b), outputs, run)
}

func (b Padded) encodeInto(model *capi.Model, values []float32, run *capi.Run) (int, error) {
	return model.EncodePaddedInto(values, capi.Padded(b), run)
}

// Embedded are rows of embeddings in the place of token ids.
type Embedded struct {
	// Embeddings are [Rows, Length, EmbeddingSize], as [Model.TokenEmbeddings] returns them.
	Embeddings    []float32
	EmbeddingSize int
	// AttentionMask and TokenTypeIDs are as in [Padded].
	AttentionMask, TokenTypeIDs []int64
	Rows, Length                int
}

func (b Embedded) encode(model *capi.Model, outputs int32, run *capi.Run) (*capi.Encoded, error) {
	return model.EncodeEmbedded(capi.Embedded(b), outputs, run)
}

func (b Embedded) encodeInto(model *capi.Model, values []float32, run *capi.Run) (int, error) {
	return model.EncodeEmbeddedInto(values, capi.Embedded(b), run)
}
