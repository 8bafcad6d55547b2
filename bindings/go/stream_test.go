package deberta_test

import (
	"fmt"
	"iter"
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

func numbered(count int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for number := range count {
			if !yield(fmt.Sprintf("let x = %d;", number)) {
				return
			}
		}
	}
}

func asInputs(texts iter.Seq[string]) iter.Seq[deberta.Input] {
	return func(yield func(deberta.Input) bool) {
		for text := range texts {
			if !yield(deberta.Text(text)) {
				return
			}
		}
	}
}

func TestStreamsAreAnsweredInOrder(t *testing.T) {
	model := openBundled(t)
	var inputs []deberta.Input
	for input := range asInputs(numbered(150)) {
		inputs = append(inputs, input)
	}
	classified := must(model.Classify(ctx, inputs, nil))(t)
	embedded := must(model.Embed(ctx, inputs, nil))(t)
	count := 0
	for answer, err := range model.ClassifyAll(ctx, asInputs(numbered(150)), nil) {
		if err != nil || !sameBits(answer.Logits, classified[count].Logits) {
			t.Errorf("answer %d differs, or %v", count, err)
		}
		count++
	}
	for answer, err := range model.EmbedAll(ctx, asInputs(numbered(150)), nil) {
		if err != nil || !sameBits(answer.Vector, embedded[count-150].Vector) {
			t.Errorf("vector %d differs, or %v", count-150, err)
		}
		count++
	}
	if count != 300 {
		t.Errorf("%d answers", count)
	}
	for range model.ClassifyAll(ctx, asInputs(numbered(0)), nil) {
		t.Error("there is an answer to nothing")
	}
}

func TestStreamsEnd(t *testing.T) {
	model := openBundled(t)
	read := 0
	endless := func(yield func(deberta.Input) bool) {
		for yield(deberta.Text("text")) {
			read++
		}
	}
	for range model.ClassifyAll(ctx, endless, nil) {
		break
	}
	if read > 100 {
		t.Errorf("%d texts were read for one answer", read)
	}
	wrong := asInputs(func(yield func(string) bool) { _ = yield("good") && yield("\xff") })
	count := 0
	for _, err := range model.ClassifyAll(ctx, wrong, nil) {
		refused(t, err, deberta.CodeInvalidUTF8, "texts[1]")
		count++
	}
	for _, err := range model.TagAll(ctx, numbered(3), nil) {
		refused(t, err, deberta.CodeUnsupported, "token classification head")
		count++
	}
	if count != 2 {
		t.Errorf("%d errors", count)
	}
}
