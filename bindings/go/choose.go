package deberta

import (
	"context"

	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// ChooseOptions say how to choose.
type ChooseOptions struct {
	// Tokenize says how to tokenize the pairs of the prompt and a choice. It is the prompt that windows are made of.
	Tokenize *TokenizeOptions
	Run      RunOptions
	// WindowMerge says how the windows of a long prompt become one answer; usually by their mean.
	WindowMerge WindowMerge
}

// Choose finds which choice goes on from the prompt, with the model's multiple choice head. The choices are the labels of
// the answer.
func (m *Model) Choose(
	ctx context.Context, prompt string, choices []string, options *ChooseOptions,
) (*Classification, error) {
	o := valueOf(options)
	return limited(ctx, m.resource, o.Run, func(run *capi.Run) (*Classification, error) {
		found, err := m.model.Choose(prompt, choices, o.Tokenize.capi(), run, int32(o.WindowMerge))
		return answered(found, err, func(found *capi.Classifications) *Classification {
			return &classifications(found)[0]
		})
	})
}
