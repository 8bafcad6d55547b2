package capi

// #include <deberta.h>
import "C"

// Classifications is a deberta_classifications.
type Classifications struct {
	reader
	handle *C.deberta_classifications
}

func classified(handle *C.deberta_classifications, err error) (*Classifications, error) {
	if err != nil {
		return nil, err
	}
	return &Classifications{handle: handle}, nil
}

// Classify is deberta_model_classify.
func (m *Model) Classify(texts []Text, tokenize *TokenizeOptions, run *Run, scoreFunction, windowMerge int32) (*Classifications, error) {
	var a arguments
	defer a.release()
	first, count := a.texts(texts)
	options := C.deberta_classify_options{
		struct_size:    C.sizeof_deberta_classify_options,
		tokenize:       a.tokenize(tokenize),
		run:            a.run(run),
		score_function: C.int32_t(scoreFunction),
		window_merge:   C.int32_t(windowMerge),
	}
	var handle *C.deberta_classifications
	err := a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_classify(m.handle, first, count, &options, &handle, failure)
	})
	return classified(handle, err)
}

// ZeroShotOptions are those of deberta_zero_shot_options.
type ZeroShotOptions struct {
	Tokenize *TokenizeOptions
	// HypothesisTemplate is the default if it is empty.
	HypothesisTemplate string
	MultiLabel         bool
	WindowMerge        int32
}

// ZeroShot is deberta_model_zero_shot.
func (m *Model) ZeroShot(texts, labels []string, o ZeroShotOptions, run *Run) (*Classifications, error) {
	var a arguments
	defer a.release()
	firstText, textCount := a.strings(texts)
	firstLabel, labelCount := a.strings(labels)
	options := C.deberta_zero_shot_options{
		struct_size:  C.sizeof_deberta_zero_shot_options,
		tokenize:     a.tokenize(o.Tokenize),
		run:          a.run(run),
		multi_label:  flag(o.MultiLabel),
		window_merge: C.int32_t(o.WindowMerge),
	}
	if o.HypothesisTemplate != "" {
		options.hypothesis_template, options.hypothesis_template_length = a.string(o.HypothesisTemplate)
	}
	var handle *C.deberta_classifications
	err := a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_zero_shot(m.handle, firstText, textCount, firstLabel, labelCount, &options, &handle, failure)
	})
	return classified(handle, err)
}

// Choose is deberta_model_choose.
func (m *Model) Choose(prompt string, choices []string, tokenize *TokenizeOptions, run *Run, windowMerge int32) (*Classifications, error) {
	var a arguments
	defer a.release()
	firstByte, length := a.string(prompt)
	first, count := a.strings(choices)
	options := C.deberta_choose_options{
		struct_size:  C.sizeof_deberta_choose_options,
		tokenize:     a.tokenize(tokenize),
		run:          a.run(run),
		window_merge: C.int32_t(windowMerge),
	}
	var handle *C.deberta_classifications
	err := a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_choose(m.handle, firstByte, length, first, count, &options, &handle, failure)
	})
	return classified(handle, err)
}

// Free frees the answers.
func (c *Classifications) Free() { C.deberta_classifications_free(c.handle) }

// Rows returns the number of texts.
func (c *Classifications) Rows() int { return int(C.deberta_classifications_rows(c.handle)) }

// Logits returns those of a text.
func (c *Classifications) Logits(row int) []float32 {
	return c.floats(func(values **C.float, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_classifications_logits(c.handle, C.size_t(row), values, length, failure)
	})
}

// Scores returns those of a text.
func (c *Classifications) Scores(row int) []float32 {
	return c.floats(func(values **C.float, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_classifications_scores(c.handle, C.size_t(row), values, length, failure)
	})
}

// Ranking returns the labels of a text from the highest score to the lowest.
func (c *Classifications) Ranking(row int) []int {
	var values *C.size_t
	var length C.size_t
	c.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_classifications_ranking(c.handle, C.size_t(row), &values, &length, failure)
	})
	return view[int](values, length)
}

// Label returns a copy of a label's name.
func (c *Classifications) Label(index int) string {
	var label C.deberta_string
	c.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_classifications_label(c.handle, C.size_t(index), &label, failure)
	})
	return text(label)
}

// Truncated returns what was cut off of a text; nil if nothing was.
func (c *Classifications) Truncated(row int) *Truncated {
	return c.truncated(func(truncated *C.deberta_truncated_text, failure **C.deberta_error) C.deberta_status {
		return C.deberta_classifications_truncation(c.handle, C.size_t(row), truncated, failure)
	})
}

// Windows returns the number of windows of a text.
func (c *Classifications) Windows(row int) int {
	return c.count(func(windows *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_classifications_windows(c.handle, C.size_t(row), windows, failure)
	})
}

// count returns the number that C gives.
func (r *reader) count(call func(count *C.size_t, failure **C.deberta_error) C.deberta_status) int {
	var count C.size_t
	r.read(func(failure **C.deberta_error) C.deberta_status { return call(&count, failure) })
	return int(count)
}
