package deberta

import (
	"context"
	"slices"

	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// Head is the task head on top of the encoder.
type Head int32

const (
	// HeadNone: the model has no head, or none that the library computes.
	HeadNone Head = 0
	// HeadSequenceClassification has one row of logits for each text.
	HeadSequenceClassification Head = 1
	// HeadTokenClassification has one row of logits for each token.
	HeadTokenClassification Head = 2
	// HeadQuestionAnswering has a start and an end logit for each token.
	HeadQuestionAnswering Head = 3
	// HeadMaskedLanguageModeling has one logit for each vocabulary entry, for each token.
	HeadMaskedLanguageModeling Head = 4
	// HeadMultipleChoice has one logit for each choice.
	HeadMultipleChoice Head = 5
)

// ProblemType is what the configuration says about the logits of a classifier.
type ProblemType int32

const (
	// ProblemTypeUnspecified: it says nothing.
	ProblemTypeUnspecified ProblemType = 0
	// ProblemTypeRegression: the logits are the answer.
	ProblemTypeRegression ProblemType = 1
	// ProblemTypeSingleLabel: exactly one label holds.
	ProblemTypeSingleLabel ProblemType = 2
	// ProblemTypeMultiLabel: every label holds or not on its own.
	ProblemTypeMultiLabel ProblemType = 3
)

// File is a weight file that a model was opened from.
type File struct {
	Path  string
	Bytes uint64
}

// ModelInfo tells what a model consists of and runs with. Names are those of config.json where the number is from there.
type ModelInfo struct {
	// Parameters is the number of weights that the model uses.
	Parameters uint64
	// PackedBytes of weights are packed for the kernels in private memory, MappedBytes are mapped from the packed cache.
	PackedBytes, MappedBytes uint64
	// Threads work on one forward pass.
	Threads int
	// VocabSize is the number of rows of the word embedding table, EmbeddingSize their length; HiddenSize is the length
	// of a hidden state.
	VocabSize, HiddenSize, EmbeddingSize int
	// NumHiddenLayers is the number of layers. There is one more of hidden states: those of the embeddings.
	NumHiddenLayers, NumAttentionHeads, IntermediateSize int
	// MaxPositionEmbeddings is the longest row that the model was made for; a limit only if PositionBiasedInput.
	MaxPositionEmbeddings int
	// TypeVocabSize is the number of token types; 0 if the model ignores them.
	TypeVocabSize int
	PadTokenID    uint32
	// PositionBiasedInput tells whether the model has absolute positions.
	PositionBiasedInput bool
	HasTokenizer        bool
	Head                Head
	ProblemType         ProblemType
	// Precision is the one that was asked for, InstructionSet the one in use.
	Precision      Precision
	InstructionSet InstructionSet
	// TensorPrefix is what the names of the encoder's tensors start with.
	TensorPrefix string
	Labels       []string
	Files        []File
}

// Model is a configuration, a tokenizer, an encoder and a head. It never changes; its methods may be called from any
// number of goroutines at once.
type Model struct {
	resource *resource
	model    *capi.Model
	info     ModelInfo
}

// newModel takes over a model.
func newModel(model *capi.Model) (*Model, error) {
	found, err := model.Info()
	if err != nil {
		model.Free()
		return nil, failure(context.Background(), err)
	}
	info := ModelInfo{
		Parameters:            found.Parameters,
		PackedBytes:           found.PackedBytes,
		MappedBytes:           found.MappedBytes,
		Threads:               found.Threads,
		VocabSize:             found.VocabSize,
		HiddenSize:            found.HiddenSize,
		EmbeddingSize:         found.EmbeddingSize,
		NumHiddenLayers:       found.NumHiddenLayers,
		NumAttentionHeads:     found.NumAttentionHeads,
		IntermediateSize:      found.IntermediateSize,
		MaxPositionEmbeddings: found.MaxPositionEmbeddings,
		TypeVocabSize:         found.TypeVocabSize,
		PadTokenID:            found.PadTokenID,
		PositionBiasedInput:   found.PositionBiasedInput,
		HasTokenizer:          found.HasTokenizer,
		Head:                  Head(found.Head),
		ProblemType:           ProblemType(found.ProblemType),
		Precision:             Precision(found.Precision),
		InstructionSet:        InstructionSet(found.InstructionSet),
		TensorPrefix:          found.TensorPrefix,
		Labels:                found.Labels,
		Files:                 make([]File, len(found.Files)),
	}
	for index, file := range found.Files {
		info.Files[index] = File(file)
	}
	return &Model{newResource("model", model.Free), model, info}, nil
}

// Close frees the model and its tokenizer. It waits for calls that are running, so that it must not be called from one's
// progress function; calls that come later return [ErrClosed]. Closing twice is harmless. The error is always nil.
func (m *Model) Close() error {
	if m != nil {
		m.resource.close()
	}
	return nil
}

// Info describes the model, also after Close.
func (m *Model) Info() ModelInfo {
	info := m.info
	info.Labels = slices.Clone(info.Labels)
	info.Files = slices.Clone(info.Files)
	return info
}

// Tokenizer returns the model's tokenizer, which is closed with the model. The error has [CodeNotFound] if the model has
// none.
func (m *Model) Tokenizer() (*Tokenizer, error) {
	if err := m.resource.acquire(); err != nil {
		return nil, err
	}
	defer m.resource.release()
	tokenizer := m.model.Tokenizer()
	if tokenizer == nil {
		return nil, &Error{Code: CodeNotFound, Message: "the model's folder has no tokenizer"}
	}
	return &Tokenizer{resource: m.resource, tokenizer: tokenizer}, nil
}

// TokenEmbeddings returns the rows of the word embedding table for the ids, one after the other:
// [len(ids), EmbeddingSize].
func (m *Model) TokenEmbeddings(ids []uint32) ([]float32, error) {
	if err := m.resource.acquire(); err != nil {
		return nil, err
	}
	defer m.resource.release()
	values := make([]float32, len(ids)*m.info.EmbeddingSize)
	if _, err := m.model.TokenEmbeddings(ids, values); err != nil {
		return nil, failure(context.Background(), err)
	}
	return values, nil
}
