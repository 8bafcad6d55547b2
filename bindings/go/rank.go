package deberta

import (
	"context"

	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// RankOptions say how to rank.
type RankOptions struct {
	// Tokenize says how to tokenize query and document, as a pair.
	Tokenize *TokenizeOptions
	Run      RunOptions
	// TopK is how many of the best documents to return; 0 for all.
	TopK int
	// ScoreFunction says what is made of the logit. The configuration's is that which sentence-transformers left there,
	// and where there is none, the logit itself.
	ScoreFunction ScoreFunction
	// WindowMerge says how the windows of a long document become one score; usually by their largest.
	WindowMerge WindowMerge
}

// Ranked is a document in its place.
type Ranked struct {
	// Document is its index among those of the call.
	Document     int
	Score, Logit float32
	// Windows is the number of windows that it was read in, at least 1.
	Windows int
	// Truncated tells what was cut off of query and document; nil if nothing was.
	Truncated *Truncated
}

// Rank orders documents by their scores for the query, from the highest to the lowest, equal ones in their order. The
// model must have one label.
func (m *Model) Rank(ctx context.Context, query string, documents []string, options *RankOptions) ([]Ranked, error) {
	o := valueOf(options)
	return limited(ctx, m.resource, o.Run, func(run *capi.Run) ([]Ranked, error) {
		found, err := m.model.Rank(query, documents, capi.RankOptions{
			Tokenize:      o.Tokenize.capi(),
			TopK:          o.TopK,
			ScoreFunction: int32(o.ScoreFunction),
			WindowMerge:   int32(o.WindowMerge),
		}, run)
		return answered(found, err, ranked)
	})
}

func ranked(found *capi.Ranking) []Ranked {
	scores, logits := found.Scores(), found.Logits()
	if found.Err() != nil {
		return nil
	}
	result := make([]Ranked, len(scores))
	for place, document := range found.Documents() {
		result[place] = Ranked{
			Document:  document,
			Score:     scores[place],
			Logit:     logits[place],
			Windows:   found.Windows(place),
			Truncated: truncated(found.Truncated(place)),
		}
	}
	return result
}
