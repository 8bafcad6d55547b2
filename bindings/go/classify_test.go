package deberta_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

func TestClassify(t *testing.T) {
	model := openBundled(t)
	inputs := []deberta.Input{
		deberta.Text("fn main() { println!(\"hello\"); }"), deberta.Pair("SELECT 1", ";"), deberta.Text(""),
	}
	answers := must(model.Classify(ctx, inputs, nil))(t)
	if label, score := answers[0].Best(); label != "rust" || score < 0.5 {
		t.Errorf("%s with %g", label, score)
	}
	for index, answer := range answers {
		sum := float32(0)
		for _, score := range answer.Scores {
			sum += score
		}
		if math.Abs(float64(sum)-1) > 1e-5 || answer.Windows != 1 || answer.Truncated != nil {
			t.Errorf("%+v", answer)
		}
		if !slices.Equal(answer.Labels, model.Info().Labels) {
			t.Errorf("labels: %v", answer.Labels)
		}
		if score, ok := answer.Score(answer.Labels[3]); !ok || score != answer.Scores[3] {
			t.Errorf("score %g, %v", score, ok)
		}
		alone := must(model.Classify(ctx, inputs[index:index+1], nil))(t)[0]
		if !sameBits(alone.Logits, answer.Logits) {
			t.Errorf("input %d has other bits alone", index)
		}
	}
	if _, ok := answers[0].Score("no such label"); ok {
		t.Error("a label that is none has a score")
	}
	logits := must(model.Classify(ctx, inputs, &deberta.ClassifyOptions{ScoreFunction: deberta.ScoreFunctionIdentity}))(t)
	if !sameBits(logits[0].Scores, answers[0].Logits) {
		t.Error("identity does not give the logits")
	}
	if none := must(model.Classify(ctx, nil, nil))(t); len(none) != 0 {
		t.Errorf("%d answers to nothing", len(none))
	}
	if label, score := new(deberta.Classification).Best(); label != "" || score != 0 {
		t.Errorf("the best of nothing is %q", label)
	}
}

func TestClassifyLongTexts(t *testing.T) {
	model := openBundled(t)
	long := deberta.Texts("one two three four five six seven eight nine ten eleven twelve")
	classify := func(tokenize deberta.TokenizeOptions, merge deberta.WindowMerge) (deberta.Classification, error) {
		tokenize.MaxLength = 8
		options := &deberta.ClassifyOptions{Tokenize: &tokenize, WindowMerge: merge}
		answers, err := model.Classify(ctx, long, options)
		if err != nil {
			return deberta.Classification{}, err
		}
		return answers[0], nil
	}
	_, err := classify(deberta.TokenizeOptions{}, 0)
	refused(t, err, deberta.CodeTooLong, "input 0")
	cut := must(classify(deberta.TokenizeOptions{Truncation: deberta.TruncationOnlyFirst}, 0))(t)
	if cut.Truncated == nil || cut.Truncated.RemovedTokens[0] == 0 || cut.Windows != 1 {
		t.Errorf("%+v", cut)
	}
	mean := must(classify(deberta.TokenizeOptions{Windows: true, Stride: 2}, 0))(t)
	largest := must(classify(deberta.TokenizeOptions{Windows: true, Stride: 2}, deberta.WindowMergeMax))(t)
	if mean.Windows < 3 || mean.Truncated != nil || largest.Windows != mean.Windows {
		t.Errorf("%+v, %+v", mean, largest)
	}
	for label := range mean.Logits {
		if largest.Logits[label] < mean.Logits[label] {
			t.Errorf("label %d: largest %g, mean %g", label, largest.Logits[label], mean.Logits[label])
		}
	}
}

// withEntailment is the bundled model with names of labels that make it one for inference.
func withEntailment(t testing.TB, entailment int) string {
	return bundledWith(t, func(config map[string]any) {
		labels := config["id2label"].(map[string]any)
		for index := range len(labels) {
			labels[fmt.Sprint(index)] = fmt.Sprintf("label %d", index)
		}
		labels[fmt.Sprint(entailment)] = "Entailment"
		delete(config, "label2id")
	})
}

func TestZeroShotScoresAreThoseOfThePipeline(t *testing.T) {
	file := readJSON[struct {
		Texts, Labels []string
		Cases         []struct {
			Entailment int         `json:"entailment"`
			Template   string      `json:"template"`
			MultiLabel bool        `json:"multi_label"`
			Scores     [][]float32 `json:"scores"`
		}
	}](t, golden("zero_shot.json"))
	for _, set := range quickSets(t) {
		for _, item := range file.Cases {
			model := open(t, withEntailment(t, item.Entailment), deberta.OpenOptions{InstructionSet: set})
			options := &deberta.ZeroShotOptions{HypothesisTemplate: item.Template, MultiLabel: item.MultiLabel}
			answers := must(model.ZeroShot(ctx, file.Texts, file.Labels, options))(t)
			for row, answer := range answers {
				within(t, answer.Scores, item.Scores[row], 2e-6)
				if !slices.Equal(answer.Labels, file.Labels) {
					t.Errorf("labels: %v", answer.Labels)
				}
			}
		}
	}
}

func TestZeroShotRefuses(t *testing.T) {
	model := open(t, withEntailment(t, 3), deberta.OpenOptions{})
	zeroShot := func(model *deberta.Model, labels []string, template string) error {
		_, err := model.ZeroShot(ctx, []string{"text"}, labels, &deberta.ZeroShotOptions{HypothesisTemplate: template})
		return err
	}
	refused(t, zeroShot(model, nil, "{}"), deberta.CodeInvalidArgument, "no labels")
	refused(t, zeroShot(model, []string{}, "{}"), deberta.CodeInvalidArgument, "no labels")
	refused(t, zeroShot(model, []string{"a"}, "about"), deberta.CodeInvalidArgument, "has 0 times {}")
	refused(t, zeroShot(model, []string{"a"}, "{} {}"), deberta.CodeInvalidArgument, "has 2 times {}")
	refused(t, zeroShot(openBundled(t), []string{"a"}, ""), deberta.CodeUnsupported, "starts with \"entail\"")
	if none := must(model.ZeroShot(ctx, nil, []string{"a"}, nil))(t); len(none) != 0 {
		t.Errorf("%d answers to nothing", len(none))
	}
}

func TestChoicesAreThoseOfTransformers(t *testing.T) {
	type choice struct {
		Prompt         string
		Choices        []string
		Logits, Scores []float32
	}
	file := readJSON[struct {
		Cases    []choice
		Windowed struct {
			choice
			MaxLength int `json:"max_length"`
			Stride    int
			Windows   []int
		}
	}](t, golden("multiple_choice.json"))
	check := func(t *testing.T, answer *deberta.Classification, expected choice, windows int) {
		t.Helper()
		within(t, answer.Logits, expected.Logits, 5e-6)
		within(t, answer.Scores, expected.Scores, 5e-6)
		if !slices.Equal(answer.Labels, expected.Choices) || answer.Windows != windows {
			t.Errorf("%v in %d windows", answer.Labels, answer.Windows)
		}
	}
	for _, set := range quickSets(t) {
		model := open(t, withTaskTokenizer(t, "multiple_choice"), deberta.OpenOptions{InstructionSet: set})
		for _, item := range file.Cases {
			check(t, must(model.Choose(ctx, item.Prompt, item.Choices, nil))(t), item, 1)
		}
		windowed := file.Windowed
		options := &deberta.ChooseOptions{Tokenize: &deberta.TokenizeOptions{
			MaxLength: windowed.MaxLength, Windows: true, Stride: windowed.Stride,
		}}
		answer := must(model.Choose(ctx, windowed.Prompt, windowed.Choices, options))(t)
		check(t, answer, windowed.choice, slices.Max(windowed.Windows))
		_, err := model.Choose(ctx, "prompt", nil, nil)
		refused(t, err, deberta.CodeInvalidArgument, "no choices")
	}
}
