package deberta

import "github.com/libdeberta/libdeberta/bindings/go/internal/capi"

// Input is a text, or two that belong together: premise and hypothesis, query and document. Texts are UTF-8 and may
// hold NUL.
type Input struct {
	Text string
	// Pair is the second text, which may be empty, if HasPair.
	Pair    string
	HasPair bool
}

// Text returns the input of one text.
func Text(text string) Input { return Input{Text: text} }

// Pair returns the input of two texts that belong together.
func Pair(text, pair string) Input { return Input{Text: text, Pair: pair, HasPair: true} }

// Texts returns an input of one text for each text.
func Texts(texts ...string) []Input {
	inputs := make([]Input, len(texts))
	for index, text := range texts {
		inputs[index] = Text(text)
	}
	return inputs
}

func capiTexts(inputs []Input) []capi.Text {
	texts := make([]capi.Text, len(inputs))
	for index, input := range inputs {
		texts[index] = capi.Text(input)
	}
	return texts
}
