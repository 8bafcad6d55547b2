package capi

// #include <deberta.h>
import "C"

// EmbedOptions are those of deberta_embed_options.
type EmbedOptions struct {
	Tokenize         *TokenizeOptions
	Pooling          int32
	Normalize        bool
	LayersBeforeLast int
}

// Embeddings is a deberta_embeddings.
type Embeddings struct {
	reader
	handle *C.deberta_embeddings
}

func (a *arguments) embed(o EmbedOptions, run *Run) *C.deberta_embed_options {
	return &C.deberta_embed_options{
		struct_size:        C.sizeof_deberta_embed_options,
		tokenize:           a.tokenize(o.Tokenize),
		run:                a.run(run),
		pooling:            C.int32_t(o.Pooling),
		normalize:          flag(o.Normalize),
		layers_before_last: a.size("layers_before_last", o.LayersBeforeLast),
	}
}

// Embed is deberta_model_embed.
func (m *Model) Embed(texts []Text, o EmbedOptions, run *Run) (*Embeddings, error) {
	var a arguments
	defer a.release()
	first, count := a.texts(texts)
	options := a.embed(o, run)
	var handle *C.deberta_embeddings
	err := a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_embed(m.handle, first, count, options, &handle, failure)
	})
	if err != nil {
		return nil, err
	}
	return &Embeddings{handle: handle}, nil
}

// EmbedInto is deberta_model_embed_into.
func (m *Model) EmbedInto(values []float32, texts []Text, o EmbedOptions, run *Run) (int, error) {
	var a arguments
	defer a.release()
	first, count := a.texts(texts)
	options := a.embed(o, run)
	return a.into(func(length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_embed_into(m.handle, first, count, options, pointer[C.float](values),
			C.size_t(len(values)), length, failure)
	})
}

// Free frees the vectors.
func (e *Embeddings) Free() { C.deberta_embeddings_free(e.handle) }

// Rows returns the number of texts.
func (e *Embeddings) Rows() int { return int(C.deberta_embeddings_rows(e.handle)) }

// Vectors returns all vectors, one after the other.
func (e *Embeddings) Vectors() []float32 {
	return e.floats(func(values **C.float, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_embeddings_vectors(e.handle, values, length, failure)
	})
}

// Truncated returns what was cut off of a text; nil if nothing was.
func (e *Embeddings) Truncated(row int) *Truncated {
	return e.truncated(func(truncated *C.deberta_truncated_text, failure **C.deberta_error) C.deberta_status {
		return C.deberta_embeddings_truncation(e.handle, C.size_t(row), truncated, failure)
	})
}

// Windows returns the number of windows of a text.
func (e *Embeddings) Windows(row int) int {
	return e.count(func(windows *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_embeddings_windows(e.handle, C.size_t(row), windows, failure)
	})
}
