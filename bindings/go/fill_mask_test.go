package deberta_test

import (
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

type expectedFill struct {
	ID           uint32
	Score, Logit float64
}

type fillMaskGoldens struct {
	Texts, Candidates []string
	TopK              int    `json:"top_k"`
	LongText          string `json:"long_text"`
	MaxLength         int    `json:"max_length"`
	Stride            int
	Cases             []struct {
		Checkpoint             string
		Vocabulary, Candidates [][][]expectedFill
		Windows                int
		Windowed               []struct {
			Offset int
			Fills  []expectedFill
		}
	}
}

func TestFillsAreThoseOfThePipeline(t *testing.T) {
	file := readJSON[fillMaskGoldens](t, golden("fill_mask.json"))
	for _, set := range quickSets(t) {
		for _, item := range file.Cases {
			model := open(t, withTaskTokenizer(t, item.Checkpoint), deberta.OpenOptions{InstructionSet: set})
			vocabulary := must(model.FillMask(ctx, file.Texts, &deberta.FillMaskOptions{TopK: file.TopK}))(t)
			checkMasks(t, vocabulary, item.Vocabulary, file.Texts)
			candidates := must(model.FillMask(ctx, file.Texts, &deberta.FillMaskOptions{Candidates: file.Candidates}))(t)
			checkMasks(t, candidates, item.Candidates, file.Texts)

			long := must(model.FillMask(ctx, []string{file.LongText}, &deberta.FillMaskOptions{
				TopK:     file.TopK,
				Tokenize: &deberta.TokenizeOptions{MaxLength: file.MaxLength, Windows: true, Stride: file.Stride},
			}))(t)[0]
			if long.Windows != item.Windows || len(long.Masks) != len(item.Windowed) {
				t.Errorf("%d masks in %d windows", len(long.Masks), long.Windows)
			}
			for index, mask := range long.Masks {
				if mask.CharRange.Start != item.Windowed[index].Offset {
					t.Errorf("mask %d is at %d", index, mask.CharRange.Start)
				}
				checkFills(t, mask.Fills, item.Windowed[index].Fills)
			}
		}
	}
}

func checkMasks(t *testing.T, found []deberta.FilledMasks, expected [][][]expectedFill, texts []string) {
	t.Helper()
	for row, text := range found {
		if len(text.Masks) != len(expected[row]) || text.Windows != 1 || text.Truncated != nil {
			t.Errorf("%d masks in %d windows", len(text.Masks), text.Windows)
			continue
		}
		for index, mask := range text.Masks {
			if found := texts[row][mask.ByteRange.Start:mask.ByteRange.End]; found != "[MASK]" {
				t.Errorf("mask %d is %q", index, found)
			}
			checkFills(t, mask.Fills, expected[row][index])
		}
	}
}

func checkFills(t *testing.T, found []deberta.Fill, expected []expectedFill) {
	t.Helper()
	if len(found) != len(expected) {
		t.Errorf("%d fills, expected %d", len(found), len(expected))
		return
	}
	for place, fill := range found {
		if fill.ID != expected[place].ID {
			t.Errorf("place %d has the id %d, not %d", place, fill.ID, expected[place].ID)
		}
		within(t, []float32{fill.Score}, []float64{expected[place].Score}, 1e-5)
		within(t, []float32{fill.Logit}, []float64{expected[place].Logit}, 5e-5)
	}
}

func TestFillMaskRefuses(t *testing.T) {
	model := open(t, withTaskTokenizer(t, "masked_lm"), deberta.OpenOptions{})
	fill := func(model *deberta.Model, texts []string, options *deberta.FillMaskOptions) error {
		_, err := model.FillMask(ctx, texts, options)
		return err
	}
	refused(t, fill(model, []string{"a [MASK]", "a [mask]"}, nil), deberta.CodeInvalidArgument, "input 1 has no [MASK]")
	refused(t, fill(model, []string{"[MASK]"}, &deberta.FillMaskOptions{Candidates: []string{"cat", "old cat"}}),
		deberta.CodeInvalidArgument, "\"old cat\" is not one token")
	refused(t, fill(openBundled(t), []string{"[MASK]"}, nil), deberta.CodeUnsupported, "masked language modelling")
	all := must(model.FillMask(ctx, []string{"a [MASK]"}, &deberta.FillMaskOptions{TopK: 1 << 40}))(t)[0].Masks[0]
	if len(all.Fills) != model.Info().VocabSize {
		t.Errorf("%d fills", len(all.Fills))
	}
}
