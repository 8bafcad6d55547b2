package deberta

import (
	"context"
	"iter"
)

// streamBatch is how many inputs of a stream are answered together: enough for full batches of tokens, few enough for
// answers to come soon.
const streamBatch = 64

// ClassifyAll classifies a stream of any length, a few inputs at a time and in their order, as [Model.Classify] does. The
// first error ends it; it belongs to no single input.
func (m *Model) ClassifyAll(
	ctx context.Context, inputs iter.Seq[Input], options *ClassifyOptions,
) iter.Seq2[Classification, error] {
	return stream(inputs, func(batch []Input) ([]Classification, error) { return m.Classify(ctx, batch, options) })
}

// EmbedAll embeds a stream, as [Model.ClassifyAll] classifies one.
func (m *Model) EmbedAll(
	ctx context.Context, inputs iter.Seq[Input], options *EmbedOptions,
) iter.Seq2[Embedding, error] {
	return stream(inputs, func(batch []Input) ([]Embedding, error) { return m.Embed(ctx, batch, options) })
}

// TagAll tags a stream, as [Model.ClassifyAll] classifies one.
func (m *Model) TagAll(ctx context.Context, texts iter.Seq[string], options *TagOptions) iter.Seq2[Tagged, error] {
	return stream(texts, func(batch []string) ([]Tagged, error) { return m.Tag(ctx, batch, options) })
}

func stream[In, Out any](inputs iter.Seq[In], answer func([]In) ([]Out, error)) iter.Seq2[Out, error] {
	return func(yield func(Out, error) bool) {
		batch := make([]In, 0, streamBatch)
		// flush tells whether to go on.
		flush := func() bool {
			answers, err := answer(batch)
			batch = batch[:0]
			if err != nil {
				var none Out
				yield(none, err)
				return false
			}
			for _, answer := range answers {
				if !yield(answer, nil) {
					return false
				}
			}
			return true
		}
		for input := range inputs {
			batch = append(batch, input)
			if len(batch) == streamBatch && !flush() {
				return
			}
		}
		if len(batch) > 0 {
			flush()
		}
	}
}
