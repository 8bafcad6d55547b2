package capi

// #include <deberta.h>
import "C"

// TagOptions are those of deberta_tag_options.
type TagOptions struct {
	Tokenize *TokenizeOptions
	// IgnoredLabels are "O" alone if nil.
	IgnoredLabels []string
	Aggregation   int32
}

// Tagged is a deberta_tagged.
type Tagged struct {
	reader
	handle *C.deberta_tagged
}

// Entity is a deberta_entity.
type Entity struct {
	Label, Word                  string
	Score                        float32
	ByteRange, CharRange, Tokens Range
}

// Tag is deberta_model_tag.
func (m *Model) Tag(texts []string, o TagOptions, run *Run) (*Tagged, error) {
	var a arguments
	defer a.release()
	first, count := a.strings(texts)
	options := C.deberta_tag_options{
		struct_size: C.sizeof_deberta_tag_options,
		tokenize:    a.tokenize(o.Tokenize),
		run:         a.run(run),
		aggregation: C.int32_t(o.Aggregation),
	}
	options.ignored_labels, options.ignored_label_count = a.strings(o.IgnoredLabels)
	var handle *C.deberta_tagged
	err := a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_tag(m.handle, first, count, &options, &handle, failure)
	})
	if err != nil {
		return nil, err
	}
	return &Tagged{handle: handle}, nil
}

// Free frees the answers.
func (t *Tagged) Free() { C.deberta_tagged_free(t.handle) }

// Rows returns the number of texts.
func (t *Tagged) Rows() int { return int(C.deberta_tagged_rows(t.handle)) }

// Count returns the number of entities of a text.
func (t *Tagged) Count(row int) int {
	return t.count(func(count *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_tagged_entity_count(t.handle, C.size_t(row), count, failure)
	})
}

// Entity returns a copy of an entity.
func (t *Tagged) Entity(row, index int) Entity {
	entity := C.deberta_entity{struct_size: C.sizeof_deberta_entity}
	t.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_tagged_entity(t.handle, C.size_t(row), C.size_t(index), &entity, failure)
	})
	return Entity{
		Label:     text(entity.label),
		Word:      text(entity.word),
		Score:     float32(entity.score),
		ByteRange: rangeOf(entity.byte_range),
		CharRange: rangeOf(entity.char_range),
		Tokens:    rangeOf(entity.tokens),
	}
}

// Truncated returns what was cut off of a text; nil if nothing was.
func (t *Tagged) Truncated(row int) *Truncated {
	return t.truncated(func(truncated *C.deberta_truncated_text, failure **C.deberta_error) C.deberta_status {
		return C.deberta_tagged_truncation(t.handle, C.size_t(row), truncated, failure)
	})
}

// Windows returns the number of windows of a text.
func (t *Tagged) Windows(row int) int {
	return t.count(func(windows *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_tagged_windows(t.handle, C.size_t(row), windows, failure)
	})
}
