package deberta_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

type object map[string]any

// rustAnswers are the numbers called key in what the command line, which is Rust, answers to the lines.
func rustAnswers(t *testing.T, folder, key string, lines []object, arguments ...string) []float32 {
	t.Helper()
	command := os.Getenv("DEBERTA_COMMAND")
	if command == "" {
		t.Skip("DEBERTA_COMMAND does not name the program deberta")
	}
	var input bytes.Buffer
	encoder := json.NewEncoder(&input)
	for _, line := range lines {
		if err := encoder.Encode(line); err != nil {
			t.Fatal(err)
		}
	}
	output := filepath.Join(t.TempDir(), "output.jsonl")
	arguments = append(arguments, "--model", folder, "--file", "-", "--jsonl", "--output", output)
	process := exec.Command(command, arguments...)
	process.Stdin = &input
	if printed, err := process.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", process, err, printed)
	}
	var found []float32
	answers := bufio.NewScanner(bytes.NewReader(must(os.ReadFile(output))(t)))
	answers.Buffer(nil, 1<<20)
	for answers.Scan() {
		var answer any
		if err := json.Unmarshal(answers.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		found = appendNumbers(found, answer, key)
	}
	return found
}

// appendNumbers adds the numbers, alone or in lists, that are called key anywhere in a value of JSON.
func appendNumbers(numbers []float32, value any, key string) []float32 {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			if name != key {
				numbers = appendNumbers(numbers, member, key)
			} else if number, ok := member.(float64); ok {
				numbers = append(numbers, float32(number))
			} else {
				for _, number := range member.([]any) {
					numbers = append(numbers, float32(number.(float64)))
				}
			}
		}
	case []any:
		for _, member := range value {
			numbers = appendNumbers(numbers, member, key)
		}
	}
	return numbers
}

func texts(texts ...string) []object {
	lines := make([]object, len(texts))
	for index, text := range texts {
		lines[index] = object{"text": text}
	}
	return lines
}

func TestTasksHaveTheBitsOfRust(t *testing.T) {
	programs := []string{"fn main() {}", "SELECT name FROM users;", "é\r and 😀", ""}
	people := []string{"Angela Merkel met Emmanuel Macron in Berlin", "é"}
	const masked = "the old cat [MASK] in the garden."
	question := deberta.Question{Question: "When was it built?", Context: "The crane was built in 1915 of oak and brass."}
	const query, prompt = "how to print", "the bird sings in"
	documents, choices := []string{"println!();", "", "SELECT 1;"}, []string{"the garden", "a city"}

	for _, task := range []struct {
		key, folder string
		lines       []object
		arguments   []string
		found       func(model *deberta.Model) []float32
	}{
		{"logit", bundledModel, texts(programs...), []string{"classify", "--all"}, func(model *deberta.Model) (logits []float32) {
			for _, answer := range must(model.Classify(ctx, deberta.Texts(programs...), nil))(t) {
				logits = append(logits, answer.Logits...)
			}
			return logits
		}},
		{"score", withEntailment(t, 3), texts(programs...), []string{"zero-shot", "--labels", "a program,poetry"},
			func(model *deberta.Model) (scores []float32) {
				for _, answer := range must(model.ZeroShot(ctx, programs, []string{"a program", "poetry"}, nil))(t) {
					scores = append(scores, answer.Scores...)
				}
				return scores
			}},
		{"score", withOneLabel(t), []object{{"query": query, "documents": documents}}, []string{"rank"},
			func(model *deberta.Model) (scores []float32) {
				for _, document := range must(model.Rank(ctx, query, documents, nil))(t) {
					scores = append(scores, document.Score)
				}
				return scores
			}},
		{"score", bundledTagger(t, []string{"O", "B-PER", "I-PER"}), texts(people...), []string{"tag", "--aggregation", "simple"},
			func(model *deberta.Model) (scores []float32) {
				options := &deberta.TagOptions{Aggregation: deberta.AggregationSimple}
				for _, tagged := range must(model.Tag(ctx, people, options))(t) {
					for _, entity := range tagged.Entities {
						scores = append(scores, entity.Score)
					}
				}
				return scores
			}},
		{"score", questionAnsweringModel(t, bundledModel),
			[]object{{"question": question.Question, "context": question.Context}}, []string{"answer"},
			func(model *deberta.Model) (scores []float32) {
				for _, answer := range must(model.Answer(ctx, []deberta.Question{question}, nil))(t)[0].Answers {
					scores = append(scores, answer.Score)
				}
				return scores
			}},
		{"score", withTaskTokenizer(t, "masked_lm"), texts(masked), []string{"fill-mask"},
			func(model *deberta.Model) (scores []float32) {
				for _, fill := range must(model.FillMask(ctx, []string{masked}, nil))(t)[0].Masks[0].Fills {
					scores = append(scores, fill.Score)
				}
				return scores
			}},
		{"score", withTaskTokenizer(t, "multiple_choice"), []object{{"prompt": prompt, "choices": choices}},
			[]string{"choose"}, func(model *deberta.Model) []float32 {
				return must(model.Choose(ctx, prompt, choices, nil))(t).Scores
			}},
		{"embedding", bundledModel, texts(programs...), []string{"encode", "--pool", "mean"},
			func(model *deberta.Model) (vectors []float32) {
				for _, embedding := range must(model.Embed(ctx, deberta.Texts(programs...), nil))(t) {
					vectors = append(vectors, embedding.Vector...)
				}
				return vectors
			}},
	} {
		t.Run(fmt.Sprint(task.arguments), func(t *testing.T) {
			expected := rustAnswers(t, task.folder, task.key, task.lines, task.arguments...)
			found := slices.Clone(task.found(open(t, task.folder, deberta.OpenOptions{})))
			// Of several answers, each list has an order of its own.
			slices.Sort(expected)
			slices.Sort(found)
			if len(found) == 0 || !sameBits(found, expected) {
				t.Errorf("%d values: %v, but Rust has %d: %v", len(found), found, len(expected), expected)
			}
		})
	}
}
