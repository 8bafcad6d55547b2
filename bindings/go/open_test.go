package deberta_test

import (
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

func TestInfoTellsTheConfiguration(t *testing.T) {
	model := openBundled(t)
	info := model.Info()
	if info.Head != deberta.HeadSequenceClassification || !info.HasTokenizer || info.Parameters == 0 ||
		info.PackedBytes == 0 || info.Threads != 2 || info.Precision != deberta.PrecisionHighest ||
		info.HiddenSize != 192 || info.NumHiddenLayers != 4 || info.NumAttentionHeads != 3 || info.IntermediateSize != 768 ||
		info.VocabSize != 8064 || info.MaxPositionEmbeddings != 512 || info.TypeVocabSize != 0 || info.PositionBiasedInput {
		t.Errorf("%+v", info)
	}
	if len(info.Labels) != 19 || info.Labels[11] != "rust" || info.TensorPrefix != "deberta." {
		t.Errorf("%q, labels %v", info.TensorPrefix, info.Labels)
	}
	file := must(os.Stat(filepath.Join(bundledModel, "model.safetensors")))(t)
	if len(info.Files) != 1 || filepath.Base(info.Files[0].Path) != file.Name() || info.Files[0].Bytes != uint64(file.Size()) {
		t.Errorf("files: %+v", info.Files)
	}
	if sets := instructionSets(t); !slices.Contains(sets, info.InstructionSet) || info.InstructionSet.String() == "" {
		t.Errorf("%v is not among %v", info.InstructionSet, sets)
	}

	portable := open(t, golden("v3_shared"), deberta.OpenOptions{
		Threads:        1,
		InstructionSet: deberta.InstructionSetPortable,
		LoadMode:       deberta.LoadModeCopy,
		Precision:      deberta.PrecisionMedium,
	}).Info()
	if portable.Threads != 1 || portable.Precision != deberta.PrecisionMedium || portable.HasTokenizer ||
		portable.InstructionSet != deberta.InstructionSetPortable {
		t.Errorf("%+v", portable)
	}
	info.Labels[0] = "changed"
	if model.Info().Labels[0] != "c" {
		t.Error("a caller can change the model's labels")
	}
}

func TestPrecisionsAnswer(t *testing.T) {
	ids := deberta.Rows([]uint32{1, 5, 9, 2})
	exact := must(openBundled(t).Encode(ctx, ids, nil))(t)
	for _, precision := range []deberta.Precision{
		deberta.PrecisionHigh, deberta.PrecisionMedium, deberta.PrecisionInt8,
	} {
		model := open(t, bundledModel, deberta.OpenOptions{Precision: precision})
		found := must(model.Encode(ctx, ids, nil))(t)
		if difference := largestDifference(found.LastHiddenState, exact.LastHiddenState); !(difference < 1) {
			t.Errorf("precision %d differs by %g", precision, difference)
		}
	}
}

func TestOpenRefusesModels(t *testing.T) {
	refuses := func(folder string, code deberta.Code, part string) {
		t.Helper()
		_, err := deberta.Open(ctx, folder, nil)
		refused(t, err, code, part)
	}
	refuses(golden("nowhere"), deberta.CodeNotFound, "nowhere")
	refuses("", deberta.CodeInvalidArgument, "folder is empty")
	refuses("a\x00b", deberta.CodeInvalidArgument, "NUL")
	refuses(golden("cases.json"), deberta.CodeInvalidArgument, "is not a folder")
	refuses(golden("tokenizer"), deberta.CodeNotFound, "config.json")
	folder := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("config.json", "{")
	refuses(folder, deberta.CodeInvalidConfig, "config.json")
	copyFile(t, golden("v3_shared", "config.json"), filepath.Join(folder, "config.json"))
	write("model.safetensors", "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01")
	refuses(folder, deberta.CodeInvalidCheckpoint, "model.safetensors")
	copyFile(t, golden("v3_shared", "model.safetensors"), filepath.Join(folder, "model.safetensors"))
	write("tokenizer.json", "{}")
	refuses(folder, deberta.CodeInvalidTokenizer, "tokenizer.json")
}

func TestOpenRefusesOptions(t *testing.T) {
	refuses := func(options deberta.OpenOptions, code deberta.Code, part string) {
		t.Helper()
		_, err := deberta.Open(ctx, golden("v3_shared"), &options)
		refused(t, err, code, part)
	}
	for _, number := range []int32{-1, 100, math.MaxInt32, math.MinInt32} {
		refuses(deberta.OpenOptions{Precision: deberta.Precision(number)}, deberta.CodeInvalidArgument, "precision is")
		refuses(deberta.OpenOptions{InstructionSet: deberta.InstructionSet(number)}, deberta.CodeInvalidArgument,
			"instruction_set is")
		refuses(deberta.OpenOptions{LoadMode: deberta.LoadMode(number)}, deberta.CodeInvalidArgument, "load_mode is")
		refuses(deberta.OpenOptions{TokenizerMode: deberta.TokenizerMode(number)}, deberta.CodeInvalidArgument,
			"tokenizer_mode is")
	}
	refuses(deberta.OpenOptions{Threads: 5000}, deberta.CodeInvalidArgument, "threads is 5000")
	refuses(deberta.OpenOptions{Threads: -1}, deberta.CodeInvalidArgument, "threads is -1")
	refuses(deberta.OpenOptions{Threads: math.MaxInt}, deberta.CodeInvalidArgument, "threads is")
	elsewhere, notUTF8 := "elsewhere.", "ab\xff"
	refuses(deberta.OpenOptions{TensorPrefix: &elsewhere}, deberta.CodeInvalidCheckpoint, elsewhere)
	refuses(deberta.OpenOptions{TensorPrefix: &notUTF8}, deberta.CodeInvalidUTF8, "tensor_prefix is not UTF-8")
	refuses(deberta.OpenOptions{PackedCacheDirectory: "a\x00b"}, deberta.CodeInvalidArgument, "NUL")
	missing := deberta.InstructionSetNEON
	if slices.Contains(instructionSets(t), missing) {
		missing = deberta.InstructionSetAVX2
	}
	refuses(deberta.OpenOptions{InstructionSet: missing}, deberta.CodeUnsupported, missing.String())
}

func TestFromPreset(t *testing.T) {
	for _, item := range []struct {
		name string
		code deberta.Code
		part string
	}{
		{"", deberta.CodeInvalidArgument, "not the name of a model"},
		{"user/a\x00b", deberta.CodeInvalidArgument, "USER/NAME"},
		{"user/\xff", deberta.CodeInvalidUTF8, "name is not UTF-8"},
		{"kaggle://user/model", deberta.CodeInvalidArgument, "kaggle://OWNER"},
		{"user/no-such-model@v1", deberta.CodeNotFound, "deberta fetch user/no-such-model@v1"},
	} {
		_, err := deberta.FromPreset(ctx, item.name, nil)
		refused(t, err, item.code, item.part)
	}
	model := must(deberta.FromPreset(ctx, bundledModel, nil))(t)
	defer model.Close()
	if len(model.Info().Labels) != 19 {
		t.Errorf("labels: %v", model.Info().Labels)
	}
}

func TestFromBackbone(t *testing.T) {
	config := deberta.BackboneConfig{
		VocabularySize: 50, NumLayers: 2, NumHeads: 3, HiddenDim: 24, IntermediateDim: 40, MaxSequenceLength: 64, BucketSize: 16,
	}
	encode := func(config deberta.BackboneConfig, seed uint64) []float32 {
		model := must(deberta.FromBackbone(ctx, config, &deberta.OpenOptions{Threads: 1, RandomSeed: seed}))(t)
		defer model.Close()
		if info := model.Info(); info.Parameters != 11_024 || info.HiddenSize != 24 {
			t.Errorf("%+v", info)
		}
		return must(model.Encode(ctx, deberta.Rows([]uint32{1, 5, 49, 2}), nil))(t).LastHiddenState
	}
	found := encode(config, 7)
	if !sameBits(found, encode(config, 7)) || sameBits(found, encode(config, 8)) {
		t.Error("the seed does not decide the weights")
	}
	config.DType = deberta.WeightTypeBfloat16
	if sameBits(found, encode(config, 7)) {
		t.Error("bfloat16 rounds nothing")
	}
	refuses := func(change func(*deberta.BackboneConfig), code deberta.Code, part string) {
		t.Helper()
		wrong := config
		change(&wrong)
		_, err := deberta.FromBackbone(ctx, wrong, nil)
		refused(t, err, code, part)
	}
	refuses(func(c *deberta.BackboneConfig) { c.NumHeads = 5 }, deberta.CodeInvalidConfig, "num_heads")
	refuses(func(c *deberta.BackboneConfig) { c.VocabularySize = 0 }, deberta.CodeInvalidConfig, "vocabulary_size")
	refuses(func(c *deberta.BackboneConfig) { c.HiddenDim = -1 }, deberta.CodeInvalidArgument, "hidden_dim is -1")
	refuses(func(c *deberta.BackboneConfig) { c.VocabularySize = 1 << 40 }, deberta.CodeOutOfMemory, "random weights")
	refuses(func(c *deberta.BackboneConfig) { c.DType = 9 }, deberta.CodeInvalidArgument, "dtype")
}

func TestPackedCacheIsMapped(t *testing.T) {
	ids := deberta.Rows([]uint32{1, 5, 9, 2})
	expected := openBundled(t)
	directory := t.TempDir()
	for _, when := range []string{"written", "found"} {
		model := open(t, bundledModel, deberta.OpenOptions{PackedCacheDirectory: directory})
		info := model.Info()
		if info.PackedBytes != 0 || info.MappedBytes != expected.Info().PackedBytes {
			t.Errorf("%s: %d bytes packed, %d mapped", when, info.PackedBytes, info.MappedBytes)
		}
		if !sameBits(must(model.Encode(ctx, ids, nil))(t).LastHiddenState, must(expected.Encode(ctx, ids, nil))(t).LastHiddenState) {
			t.Errorf("%s: other bits", when)
		}
	}
	file := filepath.Join(directory, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := deberta.Open(ctx, bundledModel, &deberta.OpenOptions{PackedCacheDirectory: file})
	refused(t, err, deberta.CodeIO, "cannot write packed weights")
	var failure *deberta.Error
	if !errors.As(err, &failure) || failure.Cause == nil {
		t.Errorf("the cause of %v is missing", err)
	}
}

func TestRandomWeightsNeedNoFiles(t *testing.T) {
	folder := t.TempDir()
	copyFile(t, golden("v3_shared", "config.json"), filepath.Join(folder, "config.json"))
	open(t, folder, deberta.OpenOptions{RandomWeights: true, RandomSeed: math.MaxUint64})
	_, err := deberta.Open(ctx, folder, nil)
	refused(t, err, deberta.CodeNotFound, "model.safetensors")
}

func TestOpeningIsObservedAndCanBeStopped(t *testing.T) {
	var stages []deberta.OpenStage
	var last deberta.OpenProgress
	open(t, bundledModel, deberta.OpenOptions{Progress: func(progress deberta.OpenProgress) error {
		stages = append(stages, progress.Stage)
		last = progress
		return nil
	}})
	expected := []deberta.OpenStage{deberta.OpenStageCheckpoint, deberta.OpenStageTokenizer, deberta.OpenStagePacking}
	if !slices.Equal(slices.Compact(stages), expected) || last.Bytes == 0 || last.Bytes != last.TotalBytes {
		t.Errorf("stages %v, last %+v", stages, last)
	}
	for _, stage := range expected {
		_, err := deberta.Open(ctx, bundledModel, &deberta.OpenOptions{Progress: func(progress deberta.OpenProgress) error {
			if progress.Stage == stage {
				return io.ErrUnexpectedEOF
			}
			return nil
		}})
		refused(t, err, deberta.CodeCancelled, "cancelled")
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the cause of %v is missing", err)
		}
	}
}
