package deberta_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	model, err := deberta.Open(ctx, "../../models/code-language", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer model.Close()

	answers, err := model.Classify(ctx, deberta.Texts("fn main() { println!(\"hello\"); }", "SELECT name FROM users;"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, answer := range answers {
		label, score := answer.Best()
		fmt.Printf("%s %v\n", label, score > 0.5)
	}
	// Output:
	// rust true
	// sql true
}

func ExampleError() {
	_, err := deberta.Open(context.Background(), "no/such/folder", nil)
	fmt.Println(errors.Is(err, deberta.CodeNotFound))
	var failure *deberta.Error
	if errors.As(err, &failure) {
		fmt.Println(failure.Code.String())
	}
	// Output:
	// true
	// NOT_FOUND
}

func ExampleModel_Classify_longTexts() {
	ctx := context.Background()
	model, err := deberta.Open(ctx, "../../models/code-language", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer model.Close()

	long := strings.Repeat("SELECT name FROM users; ", 200)
	answers, err := model.Classify(ctx, deberta.Texts(long), &deberta.ClassifyOptions{
		Tokenize:    &deberta.TokenizeOptions{MaxLength: 512, Windows: true, Stride: 64},
		WindowMerge: deberta.WindowMergeMax,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	label, _ := answers[0].Best()
	fmt.Println(label, answers[0].Windows > 1)
	// Output: sql true
}

func ExampleModel_ClassifyAll() {
	ctx := context.Background()
	model, err := deberta.Open(ctx, "../../models/code-language", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer model.Close()

	snippets := slices.Values(deberta.Texts("fn main() {}", "SELECT 1;"))
	for answer, err := range model.ClassifyAll(ctx, snippets, nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(len(answer.Scores), "scores")
	}
	// Output:
	// 19 scores
	// 19 scores
}

func ExampleModel_EncodeInto() {
	ctx := context.Background()
	model, err := deberta.Open(ctx, "../../models/code-language", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer model.Close()

	batch := deberta.Rows([]uint32{1, 365, 2}, []uint32{1, 78, 912, 44, 2})
	values := make([]float32, len(batch.IDs)*model.Info().HiddenSize)
	written, err := model.EncodeInto(ctx, values, batch)
	fmt.Println(written, err)
	// Output: 1536 <nil>
}

func ExampleTokenizer_Encode() {
	tokenizer, err := deberta.OpenTokenizer("../../models/code-language")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tokenizer.Close()

	text := "fn main() {}"
	tokens, err := tokenizer.Encode(deberta.Text(text), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	first := tokens.ByteOffsets[1]
	fmt.Println(len(tokens.IDs) == len(tokens.Tokens), text[first.Start:first.End])
	// Output: true fn
}
