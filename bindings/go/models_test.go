package deberta_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

const (
	goldens      = "../../tests/goldens"
	bundledModel = "../../models/code-language"
)

var ctx = context.Background()

func golden(parts ...string) string {
	return filepath.Join(append([]string{goldens}, parts...)...)
}

// open opens a model with two threads and closes it after the test.
func open(t testing.TB, folder string, options deberta.OpenOptions) *deberta.Model {
	t.Helper()
	if options.Threads == 0 {
		options.Threads = 2
	}
	model, err := deberta.Open(ctx, folder, &options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { model.Close() })
	return model
}

func openBundled(t testing.TB) *deberta.Model {
	t.Helper()
	return open(t, bundledModel, deberta.OpenOptions{})
}

// must fails the test unless there is a value.
func must[T any](value T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// refused fails the test unless the error has the code and says the part.
func refused(t testing.TB, err error, code deberta.Code, part string) {
	t.Helper()
	var failure *deberta.Error
	switch {
	case !errors.As(err, &failure):
		t.Errorf("the error is %v, but expected: %s", err, part)
	case !errors.Is(err, code) || failure.Code != code:
		t.Errorf("the code is %v, not %v: %v", failure.Code, code, err)
	case !strings.Contains(failure.Message, part):
		t.Errorf("%q does not contain %q", failure.Message, part)
	}
}

func instructionSets(t testing.TB) []deberta.InstructionSet {
	t.Helper()
	return must(deberta.InstructionSets())(t)
}

// quickSets are the instruction set that is used by default, and all only where the test is not short.
func quickSets(t testing.TB) []deberta.InstructionSet {
	t.Helper()
	if testing.Short() {
		return []deberta.InstructionSet{deberta.InstructionSetAuto}
	}
	return instructionSets(t)
}

// readJSON reads a file of goldens.
func readJSON[T any](t testing.TB, path string) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(must(os.ReadFile(path))(t), &value); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return value
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	if err := os.WriteFile(to, must(os.ReadFile(from))(t), 0o600); err != nil {
		t.Fatal(err)
	}
}

// withTaskTokenizer is a copy of a golden checkpoint with the tokenizer that the goldens of tasks were made with.
func withTaskTokenizer(t testing.TB, checkpoint string) string {
	t.Helper()
	folder := t.TempDir()
	for _, file := range []string{"config.json", "model.safetensors"} {
		copyFile(t, golden(checkpoint, file), filepath.Join(folder, file))
	}
	copyFile(t, golden("task_tokenizer.json"), filepath.Join(folder, "tokenizer.json"))
	return folder
}

// bundledWith is a copy of the bundled model whose configuration was changed.
func bundledWith(t testing.TB, change func(config map[string]any)) string {
	t.Helper()
	folder := t.TempDir()
	for _, file := range []string{"model.safetensors", "tokenizer.json"} {
		copyFile(t, filepath.Join(bundledModel, file), filepath.Join(folder, file))
	}
	config := readJSON[map[string]any](t, filepath.Join(bundledModel, "config.json"))
	change(config)
	bytes := must(json.Marshal(config))(t)
	if err := os.WriteFile(filepath.Join(folder, "config.json"), bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// largestDifference is NaN if a value is.
func largestDifference[E float32 | float64](found []float32, expected []E) float64 {
	if len(found) != len(expected) {
		return math.Inf(1)
	}
	largest := 0.0
	for index, value := range found {
		difference := math.Abs(float64(value) - float64(expected[index]))
		if !(difference <= largest) {
			largest = difference
		}
	}
	return largest
}

// within fails the test unless the values differ by at most the tolerance.
func within[E float32 | float64](t testing.TB, found []float32, expected []E, tolerance float64) {
	t.Helper()
	if difference := largestDifference(found, expected); !(difference <= tolerance) {
		t.Errorf("the largest difference is %g, allowed is %g", difference, tolerance)
	}
}

// sameBits tells whether two slices of floats are equal, bit for bit.
func sameBits(left, right []float32) bool {
	if len(left) != len(right) {
		return false
	}
	for index := range left {
		if math.Float32bits(left[index]) != math.Float32bits(right[index]) {
			return false
		}
	}
	return true
}
