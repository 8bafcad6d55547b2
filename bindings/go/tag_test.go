package deberta_test

import (
	"fmt"
	"testing"
	"unicode/utf8"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

// expectedEntity is label, score, word, start and end in characters, first token and the one after the last.
type expectedEntity [7]any

type taggingGoldens struct {
	LabelSets map[string][]string `json:"label_sets"`
	Cases     []struct {
		Labels      string
		Aggregation string
		Ignored     []string
		MaxLength   *int `json:"max_length"`
		Stride      int
		Texts       []string
		Windows     []int
		Entities    [][]expectedEntity
	}
}

var aggregations = map[string]deberta.Aggregation{
	"none":    deberta.AggregationNone,
	"simple":  deberta.AggregationSimple,
	"first":   deberta.AggregationFirst,
	"average": deberta.AggregationAverage,
	"max":     deberta.AggregationMax,
}

// bundledTagger is the bundled model with its outputs taken for labels of tokens.
func bundledTagger(t testing.TB, labels []string) string {
	return bundledWith(t, func(config map[string]any) {
		names := make(map[string]string)
		for index := range config["id2label"].(map[string]any) {
			names[index] = "LABEL_" + index
		}
		for index, label := range labels {
			names[fmt.Sprint(index)] = label
		}
		config["architectures"] = []string{"DebertaV2ForTokenClassification"}
		config["id2label"] = names
		delete(config, "label2id")
	})
}

func TestEntitiesAreThoseOfThePipeline(t *testing.T) {
	file := readJSON[taggingGoldens](t, golden("tagging.json"))
	models := make(map[string]*deberta.Model)
	for name, labels := range file.LabelSets {
		models[name] = open(t, bundledTagger(t, labels), deberta.OpenOptions{})
	}
	for _, item := range file.Cases {
		options := &deberta.TagOptions{
			Aggregation:   aggregations[item.Aggregation],
			IgnoredLabels: append([]string{}, item.Ignored...),
		}
		if item.MaxLength != nil {
			options.Tokenize = &deberta.TokenizeOptions{MaxLength: *item.MaxLength, Windows: true, Stride: item.Stride}
		}
		answers := must(models[item.Labels].Tag(ctx, item.Texts, options))(t)
		for row, answer := range answers {
			if answer.Windows != item.Windows[row] || answer.Truncated != nil {
				t.Errorf("%d windows, expected %d", answer.Windows, item.Windows[row])
			}
			if len(answer.Entities) != len(item.Entities[row]) {
				t.Errorf("%d entities, expected %d", len(answer.Entities), len(item.Entities[row]))
				continue
			}
			for index, expected := range item.Entities[row] {
				checkEntity(t, answer.Entities[index], expected, item.Texts[row])
			}
		}
	}
}

func checkEntity(t *testing.T, found deberta.Entity, expected expectedEntity, text string) {
	t.Helper()
	integer := func(index int) int { return int(expected[index].(float64)) }
	characters := deberta.Range{
		Start: utf8.RuneCountInString(text[:found.ByteRange.Start]),
		End:   utf8.RuneCountInString(text[:found.ByteRange.End]),
	}
	within(t, []float32{found.Score}, []float64{expected[1].(float64)}, 2e-6)
	if found.Label != expected[0] || found.Word != expected[2] || found.CharRange != characters ||
		found.CharRange != (deberta.Range{Start: integer(3), End: integer(4)}) ||
		found.Tokens != (deberta.Range{Start: integer(5), End: integer(6)}) {
		t.Errorf("%+v, expected %v", found, expected)
	}
}

func TestTagIgnoresOUnlessToldOtherwise(t *testing.T) {
	model := open(t, bundledTagger(t, []string{"O"}), deberta.OpenOptions{})
	texts := []string{"fn main() { let name = 1; } SELECT name FROM users;"}
	count := func(ignored []string) int {
		return len(must(model.Tag(ctx, texts, &deberta.TagOptions{IgnoredLabels: ignored}))(t)[0].Entities)
	}
	if all, some := count([]string{}), count(nil); some > all || all == 0 {
		t.Errorf("%d entities without O, %d with all labels", some, all)
	}
	tokens := must(must(model.Tokenizer())(t).Encode(deberta.Text(texts[0]), nil))(t)
	if all := count([]string{}); all != len(tokens.IDs)-2 {
		t.Errorf("%d entities of %d tokens", all, len(tokens.IDs))
	}
}
