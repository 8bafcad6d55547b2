package deberta_test

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

// How often the error of PyTorch float32 is allowed; the strict rule stands in the library's own tests.
const goldenTolerance = 3.0

const everything = deberta.OutputHiddenStates | deberta.OutputAttentions | deberta.OutputLogits

// goldenCase is an entry of cases.json.
type goldenCase struct {
	Checkpoint   string   `json:"checkpoint"`
	Case         string   `json:"case"`
	TensorPrefix *string  `json:"tensor_prefix"`
	Outputs      []string `json:"outputs"`
}

func goldenCases(t testing.TB) []goldenCase {
	t.Helper()
	cases := readJSON[[]goldenCase](t, golden("cases.json"))
	if len(cases) < 50 {
		t.Fatalf("the golden list has shrunk to %d", len(cases))
	}
	return cases
}

func (f tensorFile) batch() deberta.Padded {
	shape := f["input_ids"].Shape
	return deberta.Padded{
		InputIDs:      f.integers("input_ids"),
		AttentionMask: f.integers("attention_mask"),
		TokenTypeIDs:  f.integers("token_type_ids"),
		Rows:          shape[0],
		Length:        shape[1],
	}
}

// outputs are the result's arrays by the names of golden files.
func outputs(encoded *deberta.Encoded) map[string][]float32 {
	found := map[string][]float32{"last_hidden_state": encoded.LastHiddenState}
	for layer, values := range encoded.HiddenStates {
		found[fmt.Sprintf("hidden_states.%d", layer)] = values
	}
	for layer, values := range encoded.Attentions {
		found[fmt.Sprintf("attentions.%d", layer)] = values
	}
	if encoded.LogitsHead != deberta.HeadNone {
		found["logits"] = encoded.Logits
	}
	return found
}

// rustOutputs are what the command line, which is Rust, writes for the case.
func rustOutputs(t *testing.T, item goldenCase, set deberta.InstructionSet) tensorFile {
	t.Helper()
	command := os.Getenv("DEBERTA_COMMAND")
	if command == "" {
		t.Skip("DEBERTA_COMMAND does not name the program deberta")
	}
	path := filepath.Join(t.TempDir(), "rust.safetensors")
	arguments := []string{
		"encode", "--model", golden(item.Checkpoint), "--isa", set.String(), "--all-layers", "--attentions",
		"--tensors", golden(item.Checkpoint, item.Case), "--output", path,
	}
	if item.TensorPrefix != nil {
		arguments = append(arguments, "--tensor-prefix", *item.TensorPrefix)
	}
	if output, err := exec.Command(command, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("deberta %s: %v: %s", strings.Join(arguments, " "), err, output)
	}
	return readTensors(t, path)
}

func TestGoldenList(t *testing.T) {
	for _, item := range goldenCases(t) {
		for _, set := range quickSets(t) {
			t.Run(fmt.Sprintf("%s/%s/%s", item.Checkpoint, item.Case, set), func(t *testing.T) {
				t.Parallel()
				options := deberta.OpenOptions{TensorPrefix: item.TensorPrefix, InstructionSet: set}
				model := open(t, golden(item.Checkpoint), options)
				file := readTensors(t, golden(item.Checkpoint, item.Case))
				batch := file.batch()
				padded := must(model.Encode(ctx, batch, &deberta.EncodeOptions{Outputs: everything, Padded: true}))(t)
				found := outputs(padded)
				compareWithReference(t, item, file, found)
				compareInto(t, model, batch, padded)
				compareRagged(t, model, batch)
				compareWithRust(t, found, rustOutputs(t, item, model.Info().InstructionSet))
			})
		}
	}
}

func compareWithReference(t *testing.T, item goldenCase, file tensorFile, found map[string][]float32) {
	t.Helper()
	for _, name := range item.Outputs {
		values, ok := found[name]
		if !ok {
			if name != "logits" {
				t.Errorf("there is no %s", name)
			}
			continue
		}
		allowed := goldenTolerance * math.Max(file.float64s("pytorch_float32_error." + name)[0],
			file.float64s("pytorch_float32_error_reordered." + name)[0])
		if difference := largestDifference(values, file.float64s(name)); !(difference <= allowed) {
			t.Errorf("%s differs by %g from float64, allowed is %g", name, difference, allowed)
		}
	}
}

func compareWithRust(t *testing.T, found map[string][]float32, rust tensorFile) {
	t.Helper()
	if len(found) != len(rust) {
		t.Errorf("Go has %d outputs, Rust has %d", len(found), len(rust))
	}
	for name := range rust {
		if !sameBits(found[name], rust.float32s(name)) {
			t.Errorf("%s has other bits than in Rust", name)
		}
	}
}

func compareInto(t *testing.T, model *deberta.Model, batch deberta.Padded, padded *deberta.Encoded) {
	t.Helper()
	needed, err := model.EncodeInto(ctx, nil, batch)
	refused(t, err, deberta.CodeBufferTooSmall, "")
	values := make([]float32, needed+1)
	values[needed] = -7
	written := must(model.EncodeInto(ctx, values, batch))(t)
	if written != needed || values[needed] != -7 || !sameBits(values[:written], padded.LastHiddenState) {
		t.Errorf("EncodeInto wrote %d of %d floats, or others than Encode", written, needed)
	}
}

// Rows whose valid tokens are at their start are the same without padding; others are not, for their positions.
func compareRagged(t *testing.T, model *deberta.Model, batch deberta.Padded) {
	t.Helper()
	var rows []int
	ragged := deberta.Ragged{RowOffsets: []int{0}}
	for row := range batch.Rows {
		valid, end := 0, 0
		for column := range batch.Length {
			if batch.AttentionMask == nil || batch.AttentionMask[row*batch.Length+column] != 0 {
				valid, end = valid+1, column+1
			}
		}
		if valid != end {
			continue
		}
		for index := row * batch.Length; index < row*batch.Length+end; index++ {
			ragged.IDs = append(ragged.IDs, uint32(batch.InputIDs[index]))
			if batch.TokenTypeIDs != nil {
				ragged.TokenTypeIDs = append(ragged.TokenTypeIDs, uint32(batch.TokenTypeIDs[index]))
			}
		}
		rows = append(rows, row)
		ragged.RowOffsets = append(ragged.RowOffsets, len(ragged.IDs))
	}
	if len(rows) == 0 {
		return
	}
	expected := must(model.Encode(ctx, batch, nil))(t)
	found := must(model.Encode(ctx, ragged, nil))(t)
	width := expected.HiddenSize
	for index, row := range rows {
		left := found.LastHiddenState[ragged.RowOffsets[index]*width : ragged.RowOffsets[index+1]*width]
		right := expected.LastHiddenState[expected.RowOffsets[row]*width : expected.RowOffsets[row+1]*width]
		if !sameBits(left, right) {
			t.Errorf("row %d has other bits without padding", row)
		}
	}
	values := make([]float32, len(found.LastHiddenState))
	must(model.EncodeInto(ctx, values, ragged))(t)
	if !sameBits(values, found.LastHiddenState) {
		t.Error("EncodeInto writes other bits than Encode returns")
	}
}

func TestBundledModelAnswersAsTheReference(t *testing.T) {
	var texts []deberta.Input
	for _, item := range readJSON[[]any](t, golden("code_language", "texts.json")) {
		if object, ok := item.(map[string]any); ok {
			item = object["text"]
		}
		texts = append(texts, deberta.Text(item.(string)))
	}
	file := readTensors(t, golden("code_language", "case_texts.safetensors"))
	answers := must(openBundled(t).Classify(ctx, texts, nil))(t)
	var logits []float32
	for _, answer := range answers {
		logits = append(logits, answer.Logits...)
	}
	allowed := goldenTolerance * math.Max(file.float64s("pytorch_float32_error.logits")[0],
		file.float64s("pytorch_float32_error_reordered.logits")[0])
	within(t, logits, file.float64s("logits"), allowed)
}
