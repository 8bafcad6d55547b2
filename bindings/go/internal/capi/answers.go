package capi

// #include <deberta.h>
import "C"

// AnswerOptions are those of deberta_answer_options.
type AnswerOptions struct {
	Tokenize                                  *TokenizeOptions
	TopK, MaxAnswerLength                     int
	HandleImpossibleAnswer, OmitWordAlignment bool
}

// Answers is a deberta_answers.
type Answers struct {
	reader
	handle *C.deberta_answers
}

// Answer is a deberta_answer.
type Answer struct {
	Text                 string
	ByteRange, CharRange Range
	Score                float32
	IsImpossible         bool
}

// Answer is deberta_model_answer.
func (m *Model) Answer(questions []Text, o AnswerOptions, run *Run) (*Answers, error) {
	var a arguments
	defer a.release()
	first, count := a.texts(questions)
	options := C.deberta_answer_options{
		struct_size:              C.sizeof_deberta_answer_options,
		tokenize:                 a.tokenize(o.Tokenize),
		run:                      a.run(run),
		top_k:                    a.size("top_k", o.TopK),
		max_answer_length:        a.size("max_answer_length", o.MaxAnswerLength),
		handle_impossible_answer: flag(o.HandleImpossibleAnswer),
		omit_word_alignment:      flag(o.OmitWordAlignment),
	}
	var handle *C.deberta_answers
	err := a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_model_answer(m.handle, first, count, &options, &handle, failure)
	})
	if err != nil {
		return nil, err
	}
	return &Answers{handle: handle}, nil
}

// Free frees the answers.
func (a *Answers) Free() { C.deberta_answers_free(a.handle) }

// Rows returns the number of questions.
func (a *Answers) Rows() int { return int(C.deberta_answers_rows(a.handle)) }

// Count returns the number of answers to a question.
func (a *Answers) Count(row int) int {
	return a.count(func(count *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_answers_count(a.handle, C.size_t(row), count, failure)
	})
}

// Answer returns a copy of an answer.
func (a *Answers) Answer(row, index int) Answer {
	answer := C.deberta_answer{struct_size: C.sizeof_deberta_answer}
	a.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_answers_answer(a.handle, C.size_t(row), C.size_t(index), &answer, failure)
	})
	return Answer{
		Text:         text(answer.text),
		ByteRange:    rangeOf(answer.byte_range),
		CharRange:    rangeOf(answer.char_range),
		Score:        float32(answer.score),
		IsImpossible: answer.is_impossible != 0,
	}
}

func rangeOf(r C.deberta_range) Range { return Range{int(r.start), int(r.end)} }

// Truncated returns what was cut off of a context; nil if nothing was.
func (a *Answers) Truncated(row int) *Truncated {
	return a.truncated(func(truncated *C.deberta_truncated_text, failure **C.deberta_error) C.deberta_status {
		return C.deberta_answers_truncation(a.handle, C.size_t(row), truncated, failure)
	})
}

// Windows returns the number of windows of a context.
func (a *Answers) Windows(row int) int {
	return a.count(func(windows *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_answers_windows(a.handle, C.size_t(row), windows, failure)
	})
}
