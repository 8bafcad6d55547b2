package deberta_test

import (
	"slices"
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

type explainGolden struct {
	Text            string
	Pair            *string
	IDs             []uint32
	Logits, Rollout []float64
	Occlusion       []struct {
		Label     int
		Relevance []float64
	}
}

func (g explainGolden) input() deberta.Input {
	if g.Pair != nil {
		return deberta.Pair(g.Text, *g.Pair)
	}
	return deberta.Text(g.Text)
}

func TestExplanationsAreThoseOfTheReference(t *testing.T) {
	model := openBundled(t)
	for _, item := range readJSON[[]explainGolden](t, golden("explain.json")) {
		found := must(model.Explain(ctx, item.input(), nil))(t)
		if !slices.Equal(found.Tokenized.IDs, item.IDs) || found.Label != -1 || found.Attentions != nil {
			t.Errorf("%+v", found)
		}
		within(t, found.Relevance, item.Rollout, 5e-7)
		within(t, found.Logits, item.Logits, 1e-4)
		if found.LogitsHead != deberta.HeadSequenceClassification || len(found.Scores) != found.NumLabels {
			t.Errorf("%d scores of %d labels", len(found.Scores), found.NumLabels)
		}
		checkRelativePositions(t, found)
		for index, expected := range item.Occlusion {
			options := &deberta.ExplainOptions{Method: deberta.RelevanceOcclusion}
			if index > 0 {
				options.Label = &expected.Label
			}
			found := must(model.Explain(ctx, item.input(), options))(t)
			within(t, found.Relevance, expected.Relevance, 1e-4)
			if found.Label != expected.Label {
				t.Errorf("label %d, expected %d", found.Label, expected.Label)
			}
		}
	}
}

func checkRelativePositions(t *testing.T, found *deberta.Explanation) {
	t.Helper()
	tokens := len(found.Relevance)
	if position, ok := found.RelativePosition(0); !ok || position != (deberta.RelativePosition{Bucket: 0, Row: 256}) {
		t.Errorf("distance 0 is %+v, %v", position, ok)
	}
	left, _ := found.RelativePosition(1 - tokens)
	right, ok := found.RelativePosition(tokens - 1)
	if !ok || left.Bucket != -right.Bucket || (tokens > 1 && right.Bucket <= 0) {
		t.Errorf("the outermost distances are %+v and %+v", left, right)
	}
	if _, ok := found.RelativePosition(tokens); ok {
		t.Error("there is a distance that no two tokens have")
	}
}

func TestExplainKeepsTheAttentionOfEncode(t *testing.T) {
	model := openBundled(t)
	input := deberta.Text("let x = 1;")
	found := must(model.Explain(ctx, input, &deberta.ExplainOptions{Attentions: true}))(t)
	encoded := must(model.EncodeTexts(ctx, []deberta.Input{input}, nil, &deberta.EncodeOptions{Outputs: deberta.OutputAttentions}))(t)
	if found.NumAttentionHeads != encoded.NumAttentionHeads || len(found.Attentions) != len(encoded.Attentions) {
		t.Fatalf("%d layers of %d heads", len(found.Attentions), found.NumAttentionHeads)
	}
	for layer, values := range encoded.Attentions {
		if !sameBits(found.Attentions[layer], values) {
			t.Errorf("layer %d has other bits than encode gives", layer)
		}
	}
}

func TestExplainRefuses(t *testing.T) {
	model := openBundled(t)
	explain := func(options deberta.ExplainOptions) error {
		_, err := model.Explain(ctx, deberta.Text("text"), &options)
		return err
	}
	label, negative := 99, -1
	refused(t, explain(deberta.ExplainOptions{Method: deberta.RelevanceOcclusion, Label: &label}),
		deberta.CodeInvalidArgument, "label")
	refused(t, explain(deberta.ExplainOptions{Method: deberta.RelevanceOcclusion, Label: &negative}),
		deberta.CodeInvalidArgument, "label is -1")
	refused(t, explain(deberta.ExplainOptions{Tokenize: &deberta.TokenizeOptions{MaxLength: 8, Windows: true}}),
		deberta.CodeInvalidArgument, "window")
}
