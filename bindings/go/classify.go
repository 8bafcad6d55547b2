package deberta

import (
	"context"
	"slices"

	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// ScoreFunction says what is made of logits.
type ScoreFunction int32

const (
	// ScoreFunctionConfigured is what the configuration says. The default.
	ScoreFunctionConfigured ScoreFunction = 0
	// ScoreFunctionSoftmax gives a probability for each label, which sum to 1.
	ScoreFunctionSoftmax ScoreFunction = 1
	// ScoreFunctionSigmoid gives a probability for each label on its own.
	ScoreFunctionSigmoid ScoreFunction = 2
	// ScoreFunctionIdentity gives the logits themselves.
	ScoreFunctionIdentity ScoreFunction = 3
)

// Classification is what a text or a prompt was found to be. Slices have one element for each label, in the labels'
// order.
type Classification struct {
	// Labels are shared by the answers of one call.
	Labels         []string
	Logits, Scores []float32
	// Ranking is the labels' indices from the highest score to the lowest.
	Ranking []int
	// Windows is the number of windows that the text was read in, at least 1.
	Windows int
	// Truncated tells what was cut off of the text; nil if nothing was.
	Truncated *Truncated
}

// Best returns the label with the highest score.
func (c *Classification) Best() (label string, score float32) {
	if len(c.Ranking) == 0 {
		return "", 0
	}
	best := c.Ranking[0]
	return c.Labels[best], c.Scores[best]
}

// Score returns the score of a label, and whether there is such a label.
func (c *Classification) Score(label string) (score float32, ok bool) {
	index := slices.Index(c.Labels, label)
	if index < 0 {
		return 0, false
	}
	return c.Scores[index], true
}

func classifications(found *capi.Classifications) []Classification {
	result := make([]Classification, found.Rows())
	var labels []string
	for row := range result {
		scores := found.Scores(row)
		for index := len(labels); index < len(scores); index++ {
			labels = append(labels, found.Label(index))
		}
		result[row] = Classification{
			Labels:    labels,
			Logits:    slices.Clone(found.Logits(row)),
			Scores:    slices.Clone(scores),
			Ranking:   slices.Clone(found.Ranking(row)),
			Windows:   found.Windows(row),
			Truncated: truncated(found.Truncated(row)),
		}
	}
	return result
}

// ClassifyOptions say how to classify.
type ClassifyOptions struct {
	Tokenize *TokenizeOptions
	Run      RunOptions
	// ScoreFunction says what is made of the logits. The configuration's is softmax over the labels; sigmoid for
	// [ProblemTypeMultiLabel]; the logits themselves for [ProblemTypeRegression] and for a single label.
	ScoreFunction ScoreFunction
	// WindowMerge says how the windows of a long text become one answer; usually by their mean.
	WindowMerge WindowMerge
}

// Classify finds the labels of texts, with the model's sequence classification head. Answers have the order of the
// inputs; each is the same, bit for bit, whatever else is in the call.
func (m *Model) Classify(ctx context.Context, inputs []Input, options *ClassifyOptions) ([]Classification, error) {
	o := valueOf(options)
	return limited(ctx, m.resource, o.Run, func(run *capi.Run) ([]Classification, error) {
		found, err := m.model.Classify(capiTexts(inputs), o.Tokenize.capi(), run, int32(o.ScoreFunction), int32(o.WindowMerge))
		return answered(found, err, classifications)
	})
}

// ZeroShotOptions say how labels become hypotheses, and what their scores mean.
type ZeroShotOptions struct {
	Tokenize *TokenizeOptions
	Run      RunOptions
	// HypothesisTemplate is the sentence that holds if the label does, with {} in the label's place; empty for
	// "This example is {}.".
	HypothesisTemplate string
	// MultiLabel tells that each label holds or not on its own; otherwise exactly one does, and the scores sum to 1.
	MultiLabel bool
	// WindowMerge says how the windows of a long text become one answer; usually by their mean.
	WindowMerge WindowMerge
}

// ZeroShot finds which of the caller's labels texts have, with a model that was trained on inference.
func (m *Model) ZeroShot(
	ctx context.Context, texts, labels []string, options *ZeroShotOptions,
) ([]Classification, error) {
	o := valueOf(options)
	return limited(ctx, m.resource, o.Run, func(run *capi.Run) ([]Classification, error) {
		found, err := m.model.ZeroShot(texts, labels, capi.ZeroShotOptions{
			Tokenize:           o.Tokenize.capi(),
			HypothesisTemplate: o.HypothesisTemplate,
			MultiLabel:         o.MultiLabel,
			WindowMerge:        int32(o.WindowMerge),
		}, run)
		return answered(found, err, classifications)
	})
}
