package deberta

import (
	"context"

	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// AnswerOptions say how to answer questions.
type AnswerOptions struct {
	// Tokenize says how to tokenize question and context, as a pair; nil for windows of 384 tokens that share 128.
	// Windows are cut from the context whatever the truncation is; the whole question is in each.
	Tokenize *TokenizeOptions
	Run      RunOptions
	// TopK is the most answers to return for each question; 0 for 1.
	TopK int
	// MaxAnswerLength is the most tokens that an answer may have before it is aligned to words; 0 for 15.
	MaxAnswerLength int
	// HandleImpossibleAnswer makes that there is no answer one of the answers.
	HandleImpossibleAnswer bool
	// OmitWordAlignment lets answers start and end at any token, instead of the borders of words.
	OmitWordAlignment bool
}

// Question is a question and the text that may answer it.
type Question struct {
	Question, Context string
}

// Answer is a part of a context.
type Answer struct {
	// Text is the part, with the space before it where the first token has it; empty if there is no answer.
	Text string
	// ByteRange is where it is in the context, in bytes, CharRange in Unicode scalar values: the first of its places.
	ByteRange, CharRange Range
	// Score is the probability of its start in its window, times that of its end, summed over all places and windows
	// where the same text is among the best; so it may exceed 1.
	Score float32
	// IsImpossible tells that this says that the context does not answer the question.
	IsImpossible bool
}

// Answers are the answers to a question, from the highest score to the lowest.
type Answers struct {
	Answers []Answer
	// Windows is the number of windows that the context was read in, at least 1.
	Windows int
	// Truncated tells what was cut off of question and context; nil if nothing was.
	Truncated *Truncated
}

// Answer finds the answers to questions in their contexts, with the model's question answering head.
func (m *Model) Answer(ctx context.Context, questions []Question, options *AnswerOptions) ([]Answers, error) {
	o := valueOf(options)
	pairs := make([]capi.Text, len(questions))
	for index, question := range questions {
		pairs[index] = capi.Text{Text: question.Question, Pair: question.Context, HasPair: true}
	}
	return limited(ctx, m.resource, o.Run, func(run *capi.Run) ([]Answers, error) {
		found, err := m.model.Answer(pairs, capi.AnswerOptions{
			Tokenize:               o.Tokenize.capi(),
			TopK:                   o.TopK,
			MaxAnswerLength:        o.MaxAnswerLength,
			HandleImpossibleAnswer: o.HandleImpossibleAnswer,
			OmitWordAlignment:      o.OmitWordAlignment,
		}, run)
		return answered(found, err, answers)
	})
}

func answers(found *capi.Answers) []Answers {
	result := make([]Answers, found.Rows())
	for row := range result {
		list := make([]Answer, found.Count(row))
		for index := range list {
			answer := found.Answer(row, index)
			list[index] = Answer{
				Text:         answer.Text,
				ByteRange:    Range(answer.ByteRange),
				CharRange:    Range(answer.CharRange),
				Score:        answer.Score,
				IsImpossible: answer.IsImpossible,
			}
		}
		result[row] = Answers{list, found.Windows(row), truncated(found.Truncated(row))}
	}
	return result
}
