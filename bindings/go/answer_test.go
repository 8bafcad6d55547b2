package deberta_test

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

// questionAnsweringModel is the bundled model's encoder under a question answering head.
func questionAnsweringModel(t testing.TB, tokenizer string) string {
	t.Helper()
	folder := t.TempDir()
	config := string(must(os.ReadFile(filepath.Join(bundledModel, "config.json")))(t))
	config = strings.ReplaceAll(config, "ForSequenceClassification", "ForQuestionAnswering")
	if err := os.WriteFile(filepath.Join(folder, "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	tensors := readTensors(t, filepath.Join(bundledModel, "model.safetensors"))
	maps.Copy(tensors, readTensors(t, golden("answers_head.safetensors")))
	writeTensors(t, filepath.Join(folder, "model.safetensors"), tensors)
	copyFile(t, filepath.Join(tokenizer, "tokenizer.json"), filepath.Join(folder, "tokenizer.json"))
	return folder
}

type answersGoldens struct {
	Inputs [][2]string
	Cases  []struct {
		Tokenizer              string
		TopK                   int  `json:"top_k"`
		MaxAnswerLen           int  `json:"max_answer_len"`
		HandleImpossibleAnswer bool `json:"handle_impossible_answer"`
		AlignToWords           bool `json:"align_to_words"`
		MaxSeqLen              int  `json:"max_seq_len"`
		DocStride              int  `json:"doc_stride"`
		Windows                []int
		Answers                [][][3]float64
	}
}

func TestAnswersAreThoseOfThePipeline(t *testing.T) {
	file := readJSON[answersGoldens](t, golden("answers.json"))
	questions := make([]deberta.Question, len(file.Inputs))
	for index, input := range file.Inputs {
		questions[index] = deberta.Question{Question: input[0], Context: input[1]}
	}
	models := map[string]*deberta.Model{
		"code_language": open(t, questionAnsweringModel(t, bundledModel), deberta.OpenOptions{}),
		"lower_punct":   open(t, questionAnsweringModel(t, golden("tokenizer", "lower_punct")), deberta.OpenOptions{}),
	}
	for _, item := range file.Cases {
		options := &deberta.AnswerOptions{
			Tokenize:               &deberta.TokenizeOptions{MaxLength: item.MaxSeqLen, Windows: true, Stride: item.DocStride},
			TopK:                   item.TopK,
			MaxAnswerLength:        item.MaxAnswerLen,
			HandleImpossibleAnswer: item.HandleImpossibleAnswer,
			OmitWordAlignment:      !item.AlignToWords,
		}
		for row, found := range must(models[item.Tokenizer].Answer(ctx, questions, options))(t) {
			if found.Windows != item.Windows[row] || found.Truncated != nil {
				t.Errorf("%d windows, expected %d", found.Windows, item.Windows[row])
			}
			checkAnswers(t, found.Answers, item.Answers[row], questions[row].Context)
		}
	}
}

func checkAnswers(t *testing.T, found []deberta.Answer, expected [][3]float64, context string) {
	t.Helper()
	if len(found) != len(expected) {
		t.Errorf("%d answers, expected %d", len(found), len(expected))
		return
	}
	for index, answer := range found {
		score, start, end := expected[index][0], int(expected[index][1]), int(expected[index][2])
		within(t, []float32{answer.Score}, []float64{score}, 2e-6*math.Max(score, 1))
		text := context[answer.ByteRange.Start:answer.ByteRange.End]
		if answer.CharRange != (deberta.Range{Start: start, End: end}) || answer.Text != text ||
			utf8.RuneCountInString(text) != end-start || answer.IsImpossible != (text == "") {
			t.Errorf("%+v, expected %v", answer, expected[index])
		}
	}
}

func TestAnswerRefuses(t *testing.T) {
	model := open(t, questionAnsweringModel(t, bundledModel), deberta.OpenOptions{})
	fine := deberta.Question{Question: "What?", Context: "A crane."}
	answer := func(model *deberta.Model, question deberta.Question, options *deberta.AnswerOptions) error {
		_, err := model.Answer(ctx, []deberta.Question{fine, question}, options)
		return err
	}
	refused(t, answer(model, deberta.Question{Context: "context"}, nil), deberta.CodeInvalidArgument,
		"input 1: the question is empty")
	refused(t, answer(openBundled(t), fine, nil), deberta.CodeUnsupported, "a question answering head")
	refused(t, answer(open(t, golden("question_answering"), deberta.OpenOptions{}), fine, nil), deberta.CodeNotFound,
		"tokenizer.json")
	refused(t, answer(model, fine, &deberta.AnswerOptions{TopK: -1}), deberta.CodeInvalidArgument, "top_k is -1")
	nothing := must(model.Answer(ctx, []deberta.Question{{Question: "Who?"}}, nil))(t)
	if len(nothing) != 1 || len(nothing[0].Answers) != 0 {
		t.Errorf("%+v", nothing)
	}
	long := deberta.Question{Question: "What?", Context: strings.Repeat("A storm took the crane. ", 60)}
	cut := must(model.Answer(ctx, []deberta.Question{long}, &deberta.AnswerOptions{
		Tokenize: &deberta.TokenizeOptions{MaxLength: 50, Truncation: deberta.TruncationOnlySecond},
	}))(t)[0]
	if cut.Truncated == nil || cut.Truncated.RemovedTokens[1] < 100 {
		t.Errorf("%+v", cut)
	}
	if len(must(model.Answer(ctx, nil, nil))(t)) != 0 {
		t.Error("there are answers to no questions")
	}
}
