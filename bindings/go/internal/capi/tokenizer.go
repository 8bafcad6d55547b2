package capi

/*
#include <deberta.h>

// One call of Go into C for all tokens of a text, instead of one for each.
static deberta_status all_tokens(const deberta_tokenized *tokenized, deberta_string *tokens, size_t count,
                                 deberta_error **error) {
  for (size_t index = 0; index < count; index++) {
    deberta_status status = deberta_tokenized_token(tokenized, index, &tokens[index], error);
    if (status != DEBERTA_STATUS_OK) return status;
  }
  return DEBERTA_STATUS_OK;
}
*/
import "C"

import "unsafe"

// Tokenizer is a deberta_tokenizer.
type Tokenizer struct {
	handle *C.deberta_tokenizer
}

// SpecialTokens are the ids of deberta_special_tokens.
type SpecialTokens struct {
	CLS, SEP, PAD, UNK, MASK int64
}

// OpenTokenizer is deberta_tokenizer_open.
func OpenTokenizer(path string) (*Tokenizer, error) {
	var a arguments
	defer a.release()
	cPath := a.path("path", path)
	var tokenizer *C.deberta_tokenizer
	err := a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_tokenizer_open(cPath, &tokenizer, failure)
	})
	if err != nil {
		return nil, err
	}
	return &Tokenizer{tokenizer}, nil
}

// Free frees a tokenizer that OpenTokenizer returned.
func (t *Tokenizer) Free() { C.deberta_tokenizer_free(t.handle) }

// Encode is deberta_tokenizer_encode.
func (t *Tokenizer) Encode(text Text, options *TokenizeOptions) (*Tokenized, error) {
	var a arguments
	defer a.release()
	cText, tokenize := a.text(text), a.tokenize(options)
	var tokenized *C.deberta_tokenized
	err := a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_tokenizer_encode(t.handle, &cText, tokenize, &tokenized, failure)
	})
	if err != nil {
		return nil, err
	}
	return &Tokenized{new(reader), tokenized}, nil
}

// Decode returns the text of the ids.
func (t *Tokenizer) Decode(ids []uint32, skipSpecialTokens bool) (string, error) {
	return grown(func(buffer []byte, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_tokenizer_decode(t.handle, pointer[C.uint32_t](ids), C.size_t(len(ids)),
			flag(skipSpecialTokens), pointer[C.char](buffer), C.size_t(len(buffer)), length, failure)
	})
}

// Token returns the token of an id.
func (t *Tokenizer) Token(id uint32) (string, error) {
	return grown(func(buffer []byte, length *C.size_t, failure **C.deberta_error) C.deberta_status {
		return C.deberta_tokenizer_token(t.handle, C.uint32_t(id), pointer[C.char](buffer), C.size_t(len(buffer)),
			length, failure)
	})
}

// grown has C write a string to a buffer, and to one that is large enough if the first is not.
func grown(write func(buffer []byte, length *C.size_t, failure **C.deberta_error) C.deberta_status) (string, error) {
	buffer := make([]byte, 256)
	var length C.size_t
	var failure *C.deberta_error
	status := write(buffer, &length, &failure)
	if status == C.DEBERTA_STATUS_BUFFER_TOO_SMALL {
		C.deberta_error_free(failure)
		failure = nil
		buffer = make([]byte, length)
		status = write(buffer, &length, &failure)
	}
	if err := check(status, failure); err != nil {
		return "", err
	}
	return string(buffer[:length]), nil
}

// ID returns the id of a token.
func (t *Tokenizer) ID(token string) (uint32, error) {
	var a arguments
	defer a.release()
	first, length := a.string(token)
	var id C.uint32_t
	err := a.call(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_tokenizer_id(t.handle, first, length, &id, failure)
	})
	return uint32(id), err
}

// VocabularySize returns the number of ids.
func (t *Tokenizer) VocabularySize() int { return int(C.deberta_tokenizer_vocabulary_size(t.handle)) }

// SpecialTokens returns the ids of the special tokens.
func (t *Tokenizer) SpecialTokens() (SpecialTokens, error) {
	var r reader
	found := C.deberta_special_tokens{struct_size: C.sizeof_deberta_special_tokens}
	r.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_tokenizer_special_tokens(t.handle, &found, failure)
	})
	return SpecialTokens{int64(found.cls), int64(found.sep), int64(found.pad), int64(found.unk), int64(found.mask)}, r.err
}

// Range is a deberta_range.
type Range struct {
	Start, End int
}

// Truncated is a deberta_truncated_text.
type Truncated struct {
	TotalTokens                                       int
	RemovedTokens, FirstRemovedByte, FirstRemovedChar [2]int
}

func (r *reader) truncated(call func(truncated *C.deberta_truncated_text, failure **C.deberta_error) C.deberta_status) *Truncated {
	found := C.deberta_truncated_text{struct_size: C.sizeof_deberta_truncated_text}
	r.read(func(failure **C.deberta_error) C.deberta_status { return call(&found, failure) })
	if found.removed_tokens[0] == 0 && found.removed_tokens[1] == 0 {
		return nil
	}
	// SIZE_MAX, which is nowhere in a text, becomes -1.
	two := func(values [2]C.size_t) [2]int { return [2]int{int(values[0]), int(values[1])} }
	return &Truncated{
		TotalTokens:      int(found.total_tokens),
		RemovedTokens:    two(found.removed_tokens),
		FirstRemovedByte: two(found.first_removed_byte),
		FirstRemovedChar: two(found.first_removed_char),
	}
}

// Tokenized is a deberta_tokenized.
type Tokenized struct {
	*reader
	handle *C.deberta_tokenized
}

// Free frees tokens that Encode returned.
func (t *Tokenized) Free() { C.deberta_tokenized_free(t.handle) }

// IDs returns the ids.
func (t *Tokenized) IDs() []uint32 {
	var values *C.uint32_t
	var length C.size_t
	t.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_tokenized_ids(t.handle, &values, &length, failure)
	})
	return view[uint32](values, length)
}

// TokenTypeIDs returns the token types.
func (t *Tokenized) TokenTypeIDs() []uint32 {
	var values *C.uint32_t
	var length C.size_t
	t.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_tokenized_token_type_ids(t.handle, &values, &length, failure)
	})
	return view[uint32](values, length)
}

// ByteOffsets returns where the tokens are in their text.
func (t *Tokenized) ByteOffsets() []Range {
	var values *C.deberta_range
	var length C.size_t
	t.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_tokenized_byte_offsets(t.handle, &values, &length, failure)
	})
	return view[Range](values, length)
}

// CharOffsets returns the same in Unicode scalar values.
func (t *Tokenized) CharOffsets() []Range {
	var values *C.deberta_range
	var length C.size_t
	t.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_tokenized_char_offsets(t.handle, &values, &length, failure)
	})
	return view[Range](values, length)
}

// SpecialTokensMask returns 1 for tokens that were added.
func (t *Tokenized) SpecialTokensMask() []uint8 {
	var values *C.uint8_t
	var length C.size_t
	t.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_tokenized_special_tokens_mask(t.handle, &values, &length, failure)
	})
	return view[uint8](values, length)
}

// SequenceIDs returns which text the tokens are from.
func (t *Tokenized) SequenceIDs() []int32 {
	var values *C.int32_t
	var length C.size_t
	t.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_tokenized_sequence_ids(t.handle, &values, &length, failure)
	})
	return view[int32](values, length)
}

// WordIDs returns which word the tokens are part of.
func (t *Tokenized) WordIDs() []int64 {
	var values *C.int64_t
	var length C.size_t
	t.read(func(failure **C.deberta_error) C.deberta_status {
		return C.deberta_tokenized_word_ids(t.handle, &values, &length, failure)
	})
	return view[int64](values, length)
}

// Tokens returns copies of the tokens.
func (t *Tokenized) Tokens() []string {
	views := make([]C.deberta_string, C.deberta_tokenized_length(t.handle))
	t.read(func(failure **C.deberta_error) C.deberta_status {
		return C.all_tokens(t.handle, unsafe.SliceData(views), C.size_t(len(views)), failure)
	})
	tokens := make([]string, len(views))
	for index, token := range views {
		tokens[index] = text(token)
	}
	return tokens
}

// Truncated returns what was cut off; nil if nothing was.
func (t *Tokenized) Truncated() *Truncated {
	return t.truncated(func(truncated *C.deberta_truncated_text, failure **C.deberta_error) C.deberta_status {
		return C.deberta_tokenized_truncation(t.handle, truncated, failure)
	})
}
