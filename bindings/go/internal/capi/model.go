package capi

// #include <deberta.h>
import "C"

// Model is a deberta_model.
type Model struct {
	handle *C.deberta_model
}

// Free frees the model, which no call must use any more.
func (m *Model) Free() { C.deberta_model_free(m.handle) }

// File is a weight file.
type File struct {
	Path  string
	Bytes uint64
}

// Info is a deberta_model_info, with labels, files and prefix.
type Info struct {
	Parameters, PackedBytes, MappedBytes         uint64
	Threads                                      int
	VocabSize, HiddenSize, EmbeddingSize         int
	NumHiddenLayers, NumAttentionHeads           int
	IntermediateSize, MaxPositionEmbeddings      int
	TypeVocabSize                                int
	PadTokenID                                   uint32
	PositionBiasedInput, HasTokenizer            bool
	Head, ProblemType, Precision, InstructionSet int32
	TensorPrefix                                 string
	Labels                                       []string
	Files                                        []File
}

// Info describes the model.
func (m *Model) Info() (Info, error) {
	var r reader
	found := C.deberta_model_info{struct_size: C.sizeof_deberta_model_info}
	r.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_get_info(m.handle, &found, failure)
	})
	info := Info{
		Parameters:            uint64(found.parameters),
		PackedBytes:           uint64(found.packed_bytes),
		MappedBytes:           uint64(found.mapped_bytes),
		Threads:               int(found.threads),
		VocabSize:             int(found.vocab_size),
		HiddenSize:            int(found.hidden_size),
		EmbeddingSize:         int(found.embedding_size),
		NumHiddenLayers:       int(found.num_hidden_layers),
		NumAttentionHeads:     int(found.num_attention_heads),
		IntermediateSize:      int(found.intermediate_size),
		MaxPositionEmbeddings: int(found.max_position_embeddings),
		TypeVocabSize:         int(found.type_vocab_size),
		PadTokenID:            uint32(found.pad_token_id),
		PositionBiasedInput:   found.position_biased_input != 0,
		HasTokenizer:          found.has_tokenizer != 0,
		Head:                  int32(found.head),
		ProblemType:           int32(found.problem_type),
		Precision:             int32(found.precision),
		InstructionSet:        int32(found.instruction_set),
		TensorPrefix:          text(C.deberta_model_tensor_prefix(m.handle)),
		Labels:                make([]string, found.num_labels),
		Files:                 make([]File, found.files),
	}
	for index := range info.Labels {
		var label C.deberta_string
		r.read(func(failure **C.deberta_error) C.deberta_status {
			return C.deberta_model_label(m.handle, C.size_t(index), &label, failure)
		})
		info.Labels[index] = text(label)
	}
	for index := range info.Files {
		var path *C.char
		var bytes C.uint64_t
		r.read(func(failure **C.deberta_error) C.deberta_status {
			return C.deberta_model_file(m.handle, C.size_t(index), &path, &bytes, failure)
		})
		info.Files[index] = File{C.GoString(path), uint64(bytes)}
	}
	return info, r.err
}

// Tokenizer returns the model's tokenizer, which is valid as long as the model and must not be freed; nil if it has
// none.
func (m *Model) Tokenizer() *Tokenizer {
	if tokenizer := C.deberta_model_tokenizer(m.handle); tokenizer != nil {
		return &Tokenizer{tokenizer}
	}
	return nil
}

// TokenEmbeddings writes rows of the word embedding table and returns the number of floats, or that of those needed.
func (m *Model) TokenEmbeddings(ids []uint32, values []float32) (int, error) {
	var a arguments
	defer a.release()
	var length C.size_t
	err := a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_token_embeddings(m.handle, pointer[C.uint32_t](ids), C.size_t(len(ids)),
			pointer[C.float](values), C.size_t(len(values)), &length, failure)
	})
	return int(length), err
}
