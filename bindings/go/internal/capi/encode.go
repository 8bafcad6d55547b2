package capi

// #include <deberta.h>
import "C"

import (
	"fmt"
	"math"
	"math/bits"
	"unsafe"
)

// Ragged are rows without padding.
type Ragged struct {
	IDs, TokenTypeIDs []uint32
	RowOffsets        []int
}

// Padded are rows of ids with padding.
type Padded struct {
	InputIDs, AttentionMask, TokenTypeIDs []int64
	Rows, Length                          int
}

// Embedded are rows of embeddings with padding.
type Embedded struct {
	Embeddings                  []float32
	EmbeddingSize               int
	AttentionMask, TokenTypeIDs []int64
	Rows, Length                int
}

// C trusts the lengths that it is told, so that they are compared with those of the slices here.

func (a *arguments) ragged(b Ragged) (rows C.size_t) {
	if len(b.RowOffsets) == 0 {
		a.fail("row_offsets is empty; it has one element more than there are rows")
		return 0
	}
	if b.TokenTypeIDs != nil {
		a.length("token_type_ids", len(b.TokenTypeIDs), len(b.IDs))
	}
	return C.size_t(len(b.RowOffsets) - 1)
}

func (a *arguments) padded(b Padded) (rows, length C.size_t) {
	rows, length = a.size("rows", b.Rows), a.size("length", b.Length)
	elements := a.product(b.Rows, b.Length)
	a.length("input_ids", len(b.InputIDs), elements)
	a.mask("attention_mask", b.AttentionMask, elements)
	a.mask("token_type_ids", b.TokenTypeIDs, elements)
	return rows, length
}

func (a *arguments) embedded(b Embedded) (rows, length, size C.size_t) {
	rows, length, size = a.size("rows", b.Rows), a.size("length", b.Length), a.size("embedding_size", b.EmbeddingSize)
	elements := a.product(b.Rows, b.Length)
	a.length("embeddings", len(b.Embeddings), a.product(elements, b.EmbeddingSize))
	a.mask("attention_mask", b.AttentionMask, elements)
	a.mask("token_type_ids", b.TokenTypeIDs, elements)
	return rows, length, size
}

func (a *arguments) product(left, right int) int {
	if high, low := bits.Mul64(uint64(left), uint64(right)); high == 0 && low <= math.MaxInt {
		return int(low)
	}
	a.fail(fmt.Sprintf("%d times %d elements are more than fit into memory", left, right))
	return 0
}

func (a *arguments) length(name string, found, expected int) {
	if found != expected {
		a.fail(fmt.Sprintf("%s has %d elements, but the batch needs %d", name, found, expected))
	}
}

func (a *arguments) mask(name string, values []int64, elements int) {
	if values != nil {
		a.length(name, len(values), elements)
	}
}

func (a *arguments) encode(outputs int32, run *Run) *C.deberta_encode_options {
	return &C.deberta_encode_options{
		struct_size: C.sizeof_deberta_encode_options,
		outputs:     C.int32_t(outputs),
		run:         a.run(run),
	}
}

// encoded has C make a result.
func (a *arguments) encoded(call func(encoded **C.deberta_encoded, failure **C.deberta_error) C.deberta_status) (*Encoded, error) {
	var encoded *C.deberta_encoded
	err := a.call(func(failure **C.deberta_error) C.deberta_status { return call(&encoded, failure) })
	if err != nil {
		return nil, err
	}
	return &Encoded{handle: encoded}, nil
}

// into has C write to a buffer, and returns the number of floats written, or that of those needed.
func (a *arguments) into(call func(length *C.size_t, failure **C.deberta_error) C.deberta_status) (int, error) {
	var length C.size_t
	err := a.call(func(failure **C.deberta_error) C.deberta_status { return call(&length, failure) })
	return int(length), err
}

// EncodeRagged is deberta_model_encode_ids.
func (m *Model) EncodeRagged(b Ragged, outputs int32, run *Run) (*Encoded, error) {
	var a arguments
	defer a.release()
	options := a.encode(outputs, run)
	rows := a.ragged(b)
	return a.encoded(func(encoded **C.deberta_encoded, failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_encode_ids(m.handle, pointer[C.uint32_t](b.IDs), pointer[C.uint32_t](b.TokenTypeIDs),
			C.size_t(len(b.IDs)), pointer[C.size_t](b.RowOffsets), rows, options, encoded, failure)
	})
}

// EncodeRaggedInto is deberta_model_encode_ids_into.
func (m *Model) EncodeRaggedInto(values []float32, b Ragged, run *Run) (int, error) {
	var a arguments
	defer a.release()
	options := a.encode(0, run)
	rows := a.ragged(b)
	return a.into(func(length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_encode_ids_into(m.handle, pointer[C.uint32_t](b.IDs), pointer[C.uint32_t](b.TokenTypeIDs),
			C.size_t(len(b.IDs)), pointer[C.size_t](b.RowOffsets), rows, options, pointer[C.float](values),
			C.size_t(len(values)), length, failure)
	})
}

// EncodePadded is deberta_model_encode_padded.
func (m *Model) EncodePadded(b Padded, outputs int32, run *Run) (*Encoded, error) {
	var a arguments
	defer a.release()
	options := a.encode(outputs, run)
	rows, columns := a.padded(b)
	return a.encoded(func(encoded **C.deberta_encoded, failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_encode_padded(m.handle, pointer[C.int64_t](b.InputIDs), pointer[C.int64_t](b.AttentionMask),
			pointer[C.int64_t](b.TokenTypeIDs), rows, columns, options, encoded, failure)
	})
}

// EncodePaddedInto is deberta_model_encode_padded_into.
func (m *Model) EncodePaddedInto(values []float32, b Padded, run *Run) (int, error) {
	var a arguments
	defer a.release()
	options := a.encode(0, run)
	rows, columns := a.padded(b)
	return a.into(func(length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_encode_padded_into(m.handle, pointer[C.int64_t](b.InputIDs),
			pointer[C.int64_t](b.AttentionMask), pointer[C.int64_t](b.TokenTypeIDs), rows, columns,
			options, pointer[C.float](values), C.size_t(len(values)), length, failure)
	})
}

// EncodeEmbedded is deberta_model_encode_embeddings.
func (m *Model) EncodeEmbedded(b Embedded, outputs int32, run *Run) (*Encoded, error) {
	var a arguments
	defer a.release()
	options := a.encode(outputs, run)
	rows, columns, size := a.embedded(b)
	return a.encoded(func(encoded **C.deberta_encoded, failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_encode_embeddings(m.handle, pointer[C.float](b.Embeddings), size,
			pointer[C.int64_t](b.AttentionMask), pointer[C.int64_t](b.TokenTypeIDs), rows, columns,
			options, encoded, failure)
	})
}

// EncodeEmbeddedInto is deberta_model_encode_embeddings_into.
func (m *Model) EncodeEmbeddedInto(values []float32, b Embedded, run *Run) (int, error) {
	var a arguments
	defer a.release()
	options := a.encode(0, run)
	rows, columns, size := a.embedded(b)
	return a.into(func(length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_encode_embeddings_into(m.handle, pointer[C.float](b.Embeddings), size,
			pointer[C.int64_t](b.AttentionMask), pointer[C.int64_t](b.TokenTypeIDs), rows, columns,
			options, pointer[C.float](values), C.size_t(len(values)), length, failure)
	})
}

// EncodeTexts is deberta_model_encode_texts.
func (m *Model) EncodeTexts(texts []Text, tokenize *TokenizeOptions, outputs int32, run *Run) (*Encoded, error) {
	var a arguments
	defer a.release()
	first, count := a.texts(texts)
	tokenizing, options := a.tokenize(tokenize), a.encode(outputs, run)
	return a.encoded(func(encoded **C.deberta_encoded, failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_encode_texts(m.handle, first, count, tokenizing, options, encoded, failure)
	})
}

// Encoded is a deberta_encoded.
type Encoded struct {
	reader
	handle *C.deberta_encoded
}

// EncodedInfo is a deberta_encoded_info.
type EncodedInfo struct {
	Rows, Tokens, Length, HiddenSize, NumAttentionHeads, HiddenStates, Attentions, NumLabels int
	LogitsHead                                                                               int32
}

// Free frees the result.
func (e *Encoded) Free() { C.deberta_encoded_free(e.handle) }

// Info returns the sizes.
func (e *Encoded) Info() EncodedInfo {
	info := C.deberta_encoded_info{struct_size: C.sizeof_deberta_encoded_info}
	e.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_encoded_get_info(e.handle, &info, failure)
	})
	return EncodedInfo{
		Rows:              int(info.rows),
		Tokens:            int(info.tokens),
		Length:            int(info.length),
		HiddenSize:        int(info.hidden_size),
		NumAttentionHeads: int(info.num_attention_heads),
		HiddenStates:      int(info.hidden_states),
		Attentions:        int(info.attentions),
		NumLabels:         int(info.num_labels),
		LogitsHead:        int32(info.logits_head),
	}
}

// RowOffsets returns where rows begin.
func (e *Encoded) RowOffsets() []int {
	var values *C.size_t
	var length C.size_t
	e.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_encoded_row_offsets(e.handle, &values, &length, failure)
	})
	return view[int](values, length)
}

// Positions returns the tokens' positions.
func (e *Encoded) Positions() []uint32 {
	var values *C.uint32_t
	var length C.size_t
	e.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_encoded_positions(e.handle, &values, &length, failure)
	})
	return view[uint32](values, length)
}

// floats returns the view that C gives.
func (r *reader) floats(call func(values **C.float, length *C.size_t, failure **C.deberta_error) C.deberta_status) []float32 {
	var values *C.float
	var length C.size_t
	r.read(func(failure **C.deberta_error) C.deberta_status { return call(&values, &length, failure) })
	return view[float32](values, length)
}

// LastHiddenState returns the last hidden states, ragged.
func (e *Encoded) LastHiddenState() []float32 {
	return e.floats(func(values **C.float, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_encoded_last_hidden_state(e.handle, values, length, failure)
	})
}

// HiddenStates returns those of a layer, ragged.
func (e *Encoded) HiddenStates(layer int) []float32 {
	return e.floats(func(values **C.float, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_encoded_hidden_states(e.handle, C.size_t(layer), values, length, failure)
	})
}

// Attentions returns those of a layer, ragged.
func (e *Encoded) Attentions(layer int) []float32 {
	return e.floats(func(values **C.float, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_encoded_attentions(e.handle, C.size_t(layer), values, length, failure)
	})
}

// Logits returns the head's logits, ragged.
func (e *Encoded) Logits() []float32 {
	return e.floats(func(values **C.float, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_encoded_logits(e.handle, values, length, failure)
	})
}

// padded asks C for a length and has it fill a new slice.
func (r *reader) padded(call func(values *C.float, capacity C.size_t, length *C.size_t, failure **C.deberta_error) C.deberta_status) []float32 {
	var length C.size_t
	if call(nil, 0, &length, nil) == C.DEBERTA_STATUS_OK {
		return []float32{}
	}
	values := make([]float32, length)
	r.read(func(failure **C.deberta_error) C.deberta_status {
		return call((*C.float)(unsafe.SliceData(values)), C.size_t(len(values)), &length, failure)
	})
	return values
}

// LastHiddenStatePadded returns a copy with padding.
func (e *Encoded) LastHiddenStatePadded() []float32 {
	return e.padded(func(values *C.float, capacity C.size_t, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_encoded_last_hidden_state_padded(e.handle, values, capacity, length, failure)
	})
}

// HiddenStatesPadded returns a copy with padding.
func (e *Encoded) HiddenStatesPadded(layer int) []float32 {
	return e.padded(func(values *C.float, capacity C.size_t, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_encoded_hidden_states_padded(e.handle, C.size_t(layer), values, capacity, length, failure)
	})
}

// AttentionsPadded returns a copy with padding.
func (e *Encoded) AttentionsPadded(layer int) []float32 {
	return e.padded(func(values *C.float, capacity C.size_t, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_encoded_attentions_padded(e.handle, C.size_t(layer), values, capacity, length, failure)
	})
}

// LogitsPadded returns a copy with padding.
func (e *Encoded) LogitsPadded() []float32 {
	return e.padded(func(values *C.float, capacity C.size_t, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_encoded_logits_padded(e.handle, values, capacity, length, failure)
	})
}

// Tokenized returns the tokens of a row of EncodeTexts, which belong to the result and must not be freed.
func (e *Encoded) Tokenized(row int) *Tokenized {
	var tokenized *C.deberta_tokenized
	e.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_encoded_tokenized(e.handle, C.size_t(row), &tokenized, failure)
	})
	return &Tokenized{&e.reader, tokenized}
}
