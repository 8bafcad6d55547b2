package deberta_test

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

// withOneLabel is the bundled model with its first label only.
func withOneLabel(t testing.TB) string {
	folder := bundledWith(t, func(config map[string]any) {
		config["id2label"] = map[string]string{"0": "relevant"}
		delete(config, "label2id")
		delete(config, "num_labels")
	})
	path := filepath.Join(folder, "model.safetensors")
	tensors := readTensors(t, path)
	for name, tensor := range tensors {
		if strings.HasPrefix(name, "classifier.") {
			tensor.bytes = tensor.bytes[:len(tensor.bytes)/tensor.Shape[0]]
			tensor.Shape = append([]int{1}, tensor.Shape[1:]...)
			tensors[name] = tensor
		}
	}
	writeTensors(t, path, tensors)
	return folder
}

func TestRank(t *testing.T) {
	const query = "how to print a line"
	documents := []string{"println!(\"hello\");", "SELECT 1;", "", "print('a line')", "Once there was a printer."}
	model := open(t, withOneLabel(t), deberta.OpenOptions{})
	ranked := must(model.Rank(ctx, query, documents, nil))(t)
	pairs := make([]deberta.Input, len(documents))
	for index, document := range documents {
		pairs[index] = deberta.Pair(query, document)
	}
	logits := must(openBundled(t).Classify(ctx, pairs, nil))(t)
	for place, document := range ranked {
		expected := logits[document.Document].Logits[0]
		if math.Float32bits(document.Logit) != math.Float32bits(expected) || document.Score != document.Logit {
			t.Errorf("document %d has the logit %g, not %g", document.Document, document.Logit, expected)
		}
		if document.Windows != 1 || document.Truncated != nil {
			t.Errorf("%+v", document)
		}
		if place > 0 && ranked[place-1].Score < document.Score {
			t.Errorf("place %d is better than the one before", place)
		}
	}
	best := must(model.Rank(ctx, query, documents, &deberta.RankOptions{TopK: 2}))(t)
	if !slices.Equal(best, ranked[:2]) {
		t.Errorf("the best two are %+v", best)
	}
	sigmoid := must(model.Rank(ctx, query, documents, &deberta.RankOptions{ScoreFunction: deberta.ScoreFunctionSigmoid}))(t)
	if sigmoid[0].Document != ranked[0].Document || sigmoid[0].Score <= 0 || sigmoid[0].Score >= 1 {
		t.Errorf("%+v", sigmoid[0])
	}
	_, err := model.Rank(ctx, query, nil, nil)
	refused(t, err, deberta.CodeInvalidArgument, "no documents")
}

func TestRankLongDocuments(t *testing.T) {
	model := open(t, withOneLabel(t), deberta.OpenOptions{})
	documents := []string{"short", strings.Repeat("the end is near and then it is not ", 20)}
	rank := func(tokenize deberta.TokenizeOptions) ([]deberta.Ranked, error) {
		tokenize.MaxLength = 40
		return model.Rank(ctx, "query", documents, &deberta.RankOptions{Tokenize: &tokenize})
	}
	long := func(ranked []deberta.Ranked) deberta.Ranked {
		return ranked[slices.IndexFunc(ranked, func(r deberta.Ranked) bool { return r.Document == 1 })]
	}
	_, err := rank(deberta.TokenizeOptions{})
	refused(t, err, deberta.CodeTooLong, "document 1: ")
	cut := long(must(rank(deberta.TokenizeOptions{Truncation: deberta.TruncationOnlySecond}))(t))
	if cut.Truncated == nil || cut.Truncated.RemovedTokens[1] < 50 || cut.Windows != 1 {
		t.Errorf("%+v", cut)
	}
	read := long(must(rank(deberta.TokenizeOptions{Truncation: deberta.TruncationOnlySecond, Windows: true, Stride: 8}))(t))
	if read.Truncated != nil || read.Windows < 5 {
		t.Errorf("%+v", read)
	}
	_, err = openBundled(t).Rank(ctx, "query", documents, nil)
	refused(t, err, deberta.CodeUnsupported, "label")
}
