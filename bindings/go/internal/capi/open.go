package capi

// #include <deberta.h>
//
// extern int32_t debertaGoOpenCallback(void *data, int32_t stage, uint64_t bytes, uint64_t total_bytes);
import "C"

// OpenOptions are those of deberta_open_options.
type OpenOptions struct {
	Precision            int32
	InstructionSet       int32
	LoadMode             int32
	TokenizerMode        int32
	Threads              int
	TensorPrefix         *string
	PackedCacheDirectory string
	RandomWeights        bool
	RandomSeed           uint64
	Progress             func(stage int32, bytes, totalBytes uint64) error
}

// Backbone is a deberta_backbone_config.
type Backbone struct {
	VocabularySize, NumLayers, NumHeads, HiddenDim, IntermediateDim, MaxSequenceLength, BucketSize int
	DType                                                                                          int32
}

func (a *arguments) open(options *OpenOptions) *C.deberta_open_options {
	result := &C.deberta_open_options{
		struct_size:     C.sizeof_deberta_open_options,
		precision:       C.int32_t(options.Precision),
		instruction_set: C.int32_t(options.InstructionSet),
		load_mode:       C.int32_t(options.LoadMode),
		threads:         a.uint32("threads", options.Threads),
		random_weights:  flag(options.RandomWeights),
		tokenizer_mode:  C.int32_t(options.TokenizerMode),
		random_seed:     C.uint64_t(options.RandomSeed),
	}
	if options.TensorPrefix != nil {
		result.tensor_prefix, result.tensor_prefix_length = a.string(*options.TensorPrefix)
	}
	if options.PackedCacheDirectory != "" {
		result.packed_cache_directory = a.path("packed_cache_directory", options.PackedCacheDirectory)
	}
	if options.Progress != nil {
		a.observer.open = options.Progress
		result.open_callback = C.deberta_open_callback(C.debertaGoOpenCallback)
		result.open_callback_data = a.observe()
	}
	a.pinner.Pin(result)
	return result
}

// OpenFolder is deberta_model_open.
func OpenFolder(folder string, options *OpenOptions) (*Model, error) {
	var a arguments
	defer a.release()
	path, opening := a.path("folder", folder), a.open(options)
	var model *C.deberta_model
	err := a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_open(path, opening, &model, failure)
	})
	return opened(model, err)
}

// OpenPreset is deberta_model_from_preset.
func OpenPreset(name string, options *OpenOptions) (*Model, error) {
	var a arguments
	defer a.release()
	first, length := a.string(name)
	opening := a.open(options)
	var model *C.deberta_model
	err := a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_from_preset(first, length, opening, &model, failure)
	})
	return opened(model, err)
}

// OpenBackbone is deberta_model_from_backbone.
func OpenBackbone(backbone Backbone, options *OpenOptions) (*Model, error) {
	var a arguments
	defer a.release()
	size := func(name string, value int) C.uint64_t { return C.uint64_t(a.size(name, value)) }
	config := C.deberta_backbone_config{
		struct_size:         C.sizeof_deberta_backbone_config,
		vocabulary_size:     size("vocabulary_size", backbone.VocabularySize),
		num_layers:          size("num_layers", backbone.NumLayers),
		num_heads:           size("num_heads", backbone.NumHeads),
		hidden_dim:          size("hidden_dim", backbone.HiddenDim),
		intermediate_dim:    size("intermediate_dim", backbone.IntermediateDim),
		max_sequence_length: size("max_sequence_length", backbone.MaxSequenceLength),
		bucket_size:         size("bucket_size", backbone.BucketSize),
		dtype:               C.int32_t(backbone.DType),
	}
	opening := a.open(options)
	var model *C.deberta_model
	err := a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_from_backbone(&config, opening, &model, failure)
	})
	return opened(model, err)
}

func opened(model *C.deberta_model, err error) (*Model, error) {
	if err != nil {
		return nil, err
	}
	return &Model{model}, nil
}
