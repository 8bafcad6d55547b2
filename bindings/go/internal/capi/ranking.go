package capi

// #include <deberta.h>
import "C"

// RankOptions are those of deberta_rank_options.
type RankOptions struct {
	Tokenize      *TokenizeOptions
	TopK          int
	ScoreFunction int32
	WindowMerge   int32
}

// Ranking is a deberta_ranking.
type Ranking struct {
	reader
	handle *C.deberta_ranking
}

// Rank is deberta_model_rank.
func (m *Model) Rank(query string, documents []string, o RankOptions, run *Run) (*Ranking, error) {
	var a arguments
	defer a.release()
	firstByte, length := a.string(query)
	first, count := a.strings(documents)
	options := C.deberta_rank_options{
		struct_size:    C.sizeof_deberta_rank_options,
		tokenize:       a.tokenize(o.Tokenize),
		run:            a.run(run),
		top_k:          a.size("top_k", o.TopK),
		score_function: C.int32_t(o.ScoreFunction),
		window_merge:   C.int32_t(o.WindowMerge),
	}
	var handle *C.deberta_ranking
	err := a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_rank(m.handle, firstByte, length, first, count, &options, &handle, failure)
	})
	if err != nil {
		return nil, err
	}
	return &Ranking{handle: handle}, nil
}

// Free frees the ranking.
func (r *Ranking) Free() { C.deberta_ranking_free(r.handle) }

// Documents returns the documents' indices, from the highest score to the lowest.
func (r *Ranking) Documents() []int {
	var values *C.size_t
	var length C.size_t
	r.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_ranking_documents(r.handle, &values, &length, failure)
	})
	return view[int](values, length)
}

// Scores returns the scores in the same order.
func (r *Ranking) Scores() []float32 {
	return r.floats(func(values **C.float, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_ranking_scores(r.handle, values, length, failure)
	})
}

// Logits returns the logits in the same order.
func (r *Ranking) Logits() []float32 {
	return r.floats(func(values **C.float, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_ranking_logits(r.handle, values, length, failure)
	})
}

// Truncated returns what was cut off of the document in a place; nil if nothing was.
func (r *Ranking) Truncated(place int) *Truncated {
	return r.truncated(func(truncated *C.deberta_truncated_text, failure **C.deberta_error) C.deberta_status {
		return C.deberta_ranking_truncation(r.handle, C.size_t(place), truncated, failure)
	})
}

// Windows returns the number of windows of the document in a place.
func (r *Ranking) Windows(place int) int {
	return r.count(func(windows *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_ranking_windows(r.handle, C.size_t(place), windows, failure)
	})
}
