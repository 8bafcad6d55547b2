package deberta_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

// prefixes are the constants of the header by those of this package.
var prefixes = map[string]string{
	"Aggregation":    "DEBERTA_AGGREGATION_",
	"Code":           "DEBERTA_STATUS_",
	"Head":           "DEBERTA_HEAD_",
	"InstructionSet": "DEBERTA_INSTRUCTION_SET_",
	"LoadMode":       "DEBERTA_LOAD_MODE_",
	"OpenStage":      "DEBERTA_OPEN_STAGE_",
	"Output":         "DEBERTA_OUTPUT_",
	"Pooling":        "DEBERTA_POOLING_",
	"Precision":      "DEBERTA_PRECISION_",
	"ProblemType":    "DEBERTA_PROBLEM_TYPE_",
	"Relevance":      "DEBERTA_RELEVANCE_",
	"ScoreFunction":  "DEBERTA_SCORE_FUNCTION_",
	"TokenizerMode":  "DEBERTA_TOKENIZER_MODE_",
	"Truncation":     "DEBERTA_TRUNCATION_",
	"WeightType":     "DEBERTA_WEIGHT_TYPE_",
	"WindowMerge":    "DEBERTA_WINDOW_MERGE_",
}

var (
	inHeader = regexp.MustCompile(`(?m)^  (DEBERTA_[A-Z0-9_]+) = (\d+),$`)
	inGo     = regexp.MustCompile(`(?m)^\t([A-Z][A-Za-z0-9]+) +([A-Za-z]+) += (\d+)$`)
)

// constants are the numbers in the header, by their names in upper case without underscores.
func headerConstants(t *testing.T) map[string]string {
	t.Helper()
	header := must(os.ReadFile("../../include/deberta.h"))(t)
	numbers := make(map[string]string)
	for _, match := range inHeader.FindAllStringSubmatch(string(header), -1) {
		numbers[strings.ReplaceAll(match[1], "_", "")] = match[2]
	}
	return numbers
}

func TestConstantsAreThoseOfTheHeader(t *testing.T) {
	header := headerConstants(t)
	for _, path := range must(filepath.Glob("*.go"))(t) {
		for _, match := range inGo.FindAllStringSubmatch(string(must(os.ReadFile(path))(t)), -1) {
			name, number := match[1], match[3]
			prefix := strings.TrimSuffix(match[2], "s")
			inC := prefixes[prefix] + strings.ToUpper(strings.TrimPrefix(name, prefix))
			key := strings.ReplaceAll(inC, "_", "")
			if header[key] != number {
				t.Errorf("%s: %s is %s, but %s is %s", path, name, number, inC, header[key])
			}
			delete(header, key)
		}
	}
	for name := range header {
		if name != "DEBERTASTATUSOK" && !strings.HasPrefix(name, "DEBERTALOGLEVEL") {
			t.Errorf("%s is missing", name)
		}
	}
}

// Every function of the header is called, but those that set up structs, which Go does itself.
func TestFunctionsOfTheHeaderAreCalled(t *testing.T) {
	var calls strings.Builder
	for _, path := range must(filepath.Glob("internal/capi/*.go"))(t) {
		calls.Write(must(os.ReadFile(path))(t))
	}
	header := must(os.ReadFile("../../include/deberta.h"))(t)
	declared := regexp.MustCompile(`(?m)^[a-z].*?\b(deberta_[a-z0-9_]+)\(`)
	// What the error's status is, the function that failed has returned; nobody asks whether the cancellation of a call
	// was triggered.
	notNeeded := []string{"deberta_error_status", "deberta_cancellation_is_cancelled"}
	count := 0
	for _, match := range declared.FindAllStringSubmatch(string(header), -1) {
		name := match[1]
		count++
		if !strings.HasSuffix(name, "_init") && !strings.Contains(calls.String(), name+"(") &&
			!strings.Contains(strings.Join(notNeeded, " "), name) {
			t.Errorf("%s is not called", name)
		}
	}
	if count < 100 {
		t.Errorf("the header has %d functions", count)
	}
}

func TestVersionIsThatOfTheHeader(t *testing.T) {
	cargo := string(must(os.ReadFile("../../Cargo.toml"))(t))
	if !strings.Contains(cargo, "version = \""+deberta.Version()+"\"") {
		t.Errorf("the version is %q", deberta.Version())
	}
	if deberta.CodeBufferTooSmall.String() != "BUFFER_TOO_SMALL" || deberta.CodeTooLong.Error() != "deberta: TOO_LONG" {
		t.Errorf("%v", deberta.CodeBufferTooSmall)
	}
}
