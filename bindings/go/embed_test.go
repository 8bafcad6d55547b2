package deberta_test

import (
	"math"
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

var poolings = map[string]deberta.Pooling{
	"mean": deberta.PoolingMean, "cls": deberta.PoolingCLS, "max": deberta.PoolingMax,
}

type embeddingGoldens struct {
	Texts           [][]string
	LongText        string `json:"long_text"`
	MaxLength       int    `json:"max_length"`
	Stride, Windows int
	Cases           []struct {
		Checkpoint, Pooling string
		Layer               int
		Vectors             [][]float64
		Windowed            []float64
	}
}

func TestVectorsAreThoseOfPyTorch(t *testing.T) {
	file := readJSON[embeddingGoldens](t, golden("embedding.json"))
	var inputs []deberta.Input
	for _, texts := range file.Texts {
		if len(texts) == 2 {
			inputs = append(inputs, deberta.Pair(texts[0], texts[1]))
		} else {
			inputs = append(inputs, deberta.Text(texts[0]))
		}
	}
	for _, item := range file.Cases {
		model := open(t, withTaskTokenizer(t, item.Checkpoint), deberta.OpenOptions{})
		options := deberta.EmbedOptions{
			Pooling:          poolings[item.Pooling],
			LayersBeforeLast: model.Info().NumHiddenLayers - item.Layer,
		}
		var all []float32
		for row, found := range must(model.Embed(ctx, inputs, &options))(t) {
			within(t, found.Vector, item.Vectors[row], 5e-6)
			if found.Windows != 1 || found.Truncated != nil || len(found.Vector) != model.Info().HiddenSize {
				t.Errorf("%+v", found)
			}
			all = append(all, found.Vector...)
		}
		checkEmbedInto(t, model, inputs, &options, all)

		options.Tokenize = &deberta.TokenizeOptions{MaxLength: file.MaxLength, Windows: true, Stride: file.Stride}
		long := must(model.Embed(ctx, deberta.Texts(file.LongText), &options))(t)[0]
		within(t, long.Vector, item.Windowed, 5e-6)
		if long.Windows != file.Windows {
			t.Errorf("%d windows", long.Windows)
		}
	}
}

func checkEmbedInto(
	t *testing.T, model *deberta.Model, inputs []deberta.Input, options *deberta.EmbedOptions, expected []float32,
) {
	t.Helper()
	needed, err := model.EmbedInto(ctx, nil, inputs, options)
	refused(t, err, deberta.CodeBufferTooSmall, "")
	values := make([]float32, needed)
	if written := must(model.EmbedInto(ctx, values, inputs, options))(t); written != needed || !sameBits(values, expected) {
		t.Errorf("EmbedInto wrote %d of %d floats, or others than Embed returns", written, needed)
	}
}

func TestEmbedNormalizes(t *testing.T) {
	model := openBundled(t)
	inputs := deberta.Texts("fn main() {}", "SELECT 1")
	for _, found := range must(model.Embed(ctx, inputs, &deberta.EmbedOptions{Normalize: true}))(t) {
		squares := 0.0
		for _, value := range found.Vector {
			squares += float64(value) * float64(value)
		}
		if math.Abs(squares-1) > 1e-5 {
			t.Errorf("the length is %g", math.Sqrt(squares))
		}
	}
	_, err := model.Embed(ctx, inputs, &deberta.EmbedOptions{LayersBeforeLast: 5})
	refused(t, err, deberta.CodeInvalidArgument, "layers")
	_, err = model.Embed(ctx, inputs, &deberta.EmbedOptions{LayersBeforeLast: -1})
	refused(t, err, deberta.CodeInvalidArgument, "layers_before_last is -1")
}
