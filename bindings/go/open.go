package deberta

import (
	"context"
	"errors"

	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// Precision is a promise about the error of results, not about instructions. The names are those of
// torch.set_float32_matmul_precision.
type Precision int32

const (
	// PrecisionHighest is as good as float32. The default.
	PrecisionHighest Precision = 0
	// PrecisionHigh has a relative error of about 1e-5.
	PrecisionHigh Precision = 1
	// PrecisionMedium has the error of bfloat16 products with float32 sums.
	PrecisionMedium Precision = 2
	// PrecisionInt8 has the error of 8-bit weights and activations.
	PrecisionInt8 Precision = 3
)

// LoadMode says how weight files get into memory.
type LoadMode int32

const (
	// LoadModeMemoryMap maps the files, which must not change while the model is open; replacing one by renaming another
	// over it is safe. The default.
	LoadModeMemoryMap LoadMode = 0
	// LoadModeCopy reads the files into memory.
	LoadModeCopy LoadMode = 1
)

// TokenizerMode says whose behaviour a tokenizer follows where the two differ.
type TokenizerMode int32

const (
	// TokenizerModeAuto is SentencePiece for Keras presets, Hugging Face for all others. The default.
	TokenizerModeAuto TokenizerMode = 0
	// TokenizerModeHuggingFace is tokenizer.json, or what Hugging Face converts a SentencePiece model to.
	TokenizerModeHuggingFace TokenizerMode = 1
	// TokenizerModeSentencePiece is SentencePiece itself, whether there is a tokenizer.json or not.
	TokenizerModeSentencePiece TokenizerMode = 2
)

// OpenStage is what opening a model is busy with.
type OpenStage int32

const (
	// OpenStageCheckpoint reads the configuration and finds the tensors.
	OpenStageCheckpoint OpenStage = 1
	// OpenStageTokenizer reads the tokenizer.
	OpenStageTokenizer OpenStage = 2
	// OpenStagePacking packs weights for the kernels.
	OpenStagePacking OpenStage = 3
	// OpenStageMapping maps weights that are packed.
	OpenStageMapping OpenStage = 4
)

// OpenProgress is how far opening a model is.
type OpenProgress struct {
	Stage OpenStage
	// Bytes of TotalBytes stored bytes of weights are done; both are 0 in the stages before weights are read.
	Bytes, TotalBytes uint64
}

// OpenOptions say how to open a model.
type OpenOptions struct {
	// Precision is the error that results may have.
	Precision Precision
	// InstructionSet is what to compute with; the environment variable DEBERTA_ISA overrides it.
	InstructionSet InstructionSet
	// LoadMode says whether weight files are mapped or copied.
	LoadMode LoadMode
	// TokenizerMode says whose behaviour the tokenizer follows.
	TokenizerMode TokenizerMode
	// Threads work on one forward pass, the caller's included; 0 for one for each available processor.
	Threads int
	// TensorPrefix is what the names of the encoder's tensors start with; nil to find it out.
	TensorPrefix *string
	// PackedCacheDirectory keeps packed weights, which are mapped from there: opening is then fast, and processes share
	// the memory. Empty to pack in memory each time.
	PackedCacheDirectory string
	// RandomWeights takes weights that depend on RandomSeed in place of the folder's, for measuring speed and memory.
	RandomWeights bool
	RandomSeed    uint64
	// Progress is told how far opening is, on the calling goroutine. An error that it returns ends opening with
	// [CodeCancelled] and is the error's cause.
	Progress func(OpenProgress) error
}

// WeightType is the element type of a model's weights.
type WeightType int32

const (
	// WeightTypeFloat32 is 32-bit IEEE 754. The default.
	WeightTypeFloat32 WeightType = 0
	// WeightTypeFloat16 is 16-bit IEEE 754.
	WeightTypeFloat16 WeightType = 1
	// WeightTypeBfloat16 is the upper half of a float32.
	WeightTypeBfloat16 WeightType = 2
)

// BackboneConfig is a model's sizes, as the constructor of Keras' DebertaV3Backbone takes them.
type BackboneConfig struct {
	VocabularySize, NumLayers, NumHeads, HiddenDim, IntermediateDim int
	// MaxSequenceLength is the distance from which on relative positions are not told apart, which is no limit on the
	// input; 0 for 512.
	MaxSequenceLength int
	// BucketSize is the number of buckets for distances to one side; 0 for 256.
	BucketSize int
	// DType is what the weights are rounded to.
	DType WeightType
}

// Open opens the model in a folder, with the tokenizer beside it if there is one. The context limits opening, not the
// model.
func Open(ctx context.Context, folder string, options *OpenOptions) (*Model, error) {
	return open(ctx, options, func(o *capi.OpenOptions) (*capi.Model, error) { return capi.OpenFolder(folder, o) })
}

// FromPreset opens a model by its name (USER/NAME, with @REVISION if need be, or kaggle://OWNER/MODEL/…) among those
// that are on this machine, or by the path of its folder.
func FromPreset(ctx context.Context, name string, options *OpenOptions) (*Model, error) {
	return open(ctx, options, func(o *capi.OpenOptions) (*capi.Model, error) { return capi.OpenPreset(name, o) })
}

// FromBackbone makes a model of any size, with random weights that depend on options.RandomSeed, and no tokenizer.
func FromBackbone(ctx context.Context, config BackboneConfig, options *OpenOptions) (*Model, error) {
	return open(ctx, options, func(o *capi.OpenOptions) (*capi.Model, error) {
		return capi.OpenBackbone(capi.Backbone{
			VocabularySize:    config.VocabularySize,
			NumLayers:         config.NumLayers,
			NumHeads:          config.NumHeads,
			HiddenDim:         config.HiddenDim,
			IntermediateDim:   config.IntermediateDim,
			MaxSequenceLength: config.MaxSequenceLength,
			BucketSize:        config.BucketSize,
			DType:             int32(config.DType),
		}, o)
	})
}

func open(
	ctx context.Context, options *OpenOptions, call func(*capi.OpenOptions) (*capi.Model, error),
) (*Model, error) {
	if err := capi.CheckABI(); err != nil {
		return nil, failure(ctx, err)
	}
	if ctx == nil {
		return nil, invalid("the context is nil")
	}
	if ctx.Err() != nil {
		return nil, ended(ctx)
	}
	o := valueOf(options)
	opening := &capi.OpenOptions{
		Precision:            int32(o.Precision),
		InstructionSet:       int32(o.InstructionSet),
		LoadMode:             int32(o.LoadMode),
		TokenizerMode:        int32(o.TokenizerMode),
		Threads:              o.Threads,
		TensorPrefix:         o.TensorPrefix,
		PackedCacheDirectory: o.PackedCacheDirectory,
		RandomWeights:        o.RandomWeights,
		RandomSeed:           o.RandomSeed,
	}
	if o.Progress != nil || ctx.Done() != nil {
		opening.Progress = func(stage int32, bytes, totalBytes uint64) error {
			if ctx.Err() != nil || o.Progress == nil {
				return ctx.Err()
			}
			return o.Progress(OpenProgress{OpenStage(stage), bytes, totalBytes})
		}
	}
	model, err := call(opening)
	if err != nil {
		err = failure(ctx, err)
		if ctx.Err() != nil && errors.Is(err, CodeCancelled) {
			return nil, ended(ctx)
		}
		return nil, err
	}
	return newModel(model)
}
