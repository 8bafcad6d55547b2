package capi

// #include <deberta.h>
import "C"

// ExplainOptions are those of deberta_explain_options.
type ExplainOptions struct {
	Tokenize *TokenizeOptions
	// Label is that with the highest logit if nil.
	Label      *int
	Method     int32
	Attentions bool
}

// Explanation is a deberta_explanation.
type Explanation struct {
	reader
	handle *C.deberta_explanation
}

// ExplanationInfo is a deberta_explanation_info.
type ExplanationInfo struct {
	Tokens, Attentions, NumAttentionHeads, NumLabels int
	// Label is nil if none was explained.
	Label                *int
	LogitsHead           int32
	HasRelativePositions bool
}

// Explain is deberta_model_explain.
func (m *Model) Explain(text Text, o ExplainOptions, run *Run) (*Explanation, error) {
	var a arguments
	defer a.release()
	cText := a.text(text)
	options := C.deberta_explain_options{
		struct_size: C.sizeof_deberta_explain_options,
		tokenize:    a.tokenize(o.Tokenize),
		run:         a.run(run),
		method:      C.int32_t(o.Method),
		attentions:  flag(o.Attentions),
	}
	if o.Label != nil {
		options.label, options.has_label = a.size("label", *o.Label), 1
	}
	var handle *C.deberta_explanation
	err := a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_explain(m.handle, &cText, &options, &handle, failure)
	})
	if err != nil {
		return nil, err
	}
	return &Explanation{handle: handle}, nil
}

// Free frees the explanation.
func (e *Explanation) Free() { C.deberta_explanation_free(e.handle) }

// Info returns the sizes.
func (e *Explanation) Info() ExplanationInfo {
	found := C.deberta_explanation_info{struct_size: C.sizeof_deberta_explanation_info}
	e.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_explanation_get_info(e.handle, &found, failure)
	})
	info := ExplanationInfo{
		Tokens:               int(found.tokens),
		Attentions:           int(found.attentions),
		NumAttentionHeads:    int(found.num_attention_heads),
		NumLabels:            int(found.num_labels),
		LogitsHead:           int32(found.logits_head),
		HasRelativePositions: found.has_relative_positions != 0,
	}
	if found.has_label != 0 {
		label := int(found.label)
		info.Label = &label
	}
	return info
}

// Tokenized returns the tokens, which belong to the explanation and must not be freed.
func (e *Explanation) Tokenized() *Tokenized {
	var tokenized *C.deberta_tokenized
	e.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_explanation_tokenized(e.handle, &tokenized, failure)
	})
	return &Tokenized{&e.reader, tokenized}
}

// Relevance returns that of each token.
func (e *Explanation) Relevance() []float32 {
	return e.floats(func(values **C.float, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_explanation_relevance(e.handle, values, length, failure)
	})
}

// Attentions returns those of a layer.
func (e *Explanation) Attentions(layer int) []float32 {
	return e.floats(func(values **C.float, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_explanation_attentions(e.handle, C.size_t(layer), values, length, failure)
	})
}

// Logits returns the head's logits.
func (e *Explanation) Logits() []float32 {
	return e.floats(func(values **C.float, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_explanation_logits(e.handle, values, length, failure)
	})
}

// Scores returns what is made of the logits.
func (e *Explanation) Scores() []float32 {
	return e.floats(func(values **C.float, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_explanation_scores(e.handle, values, length, failure)
	})
}

// RelativePosition returns the bucket and the row of the relative embeddings for a distance.
func (e *Explanation) RelativePosition(distance int) (bucket, row int32) {
	var cBucket, cRow C.int32_t
	e.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_explanation_relative_position(e.handle, C.int64_t(distance), &cBucket, &cRow, failure)
	})
	return int32(cBucket), int32(cRow)
}
