package capi

// #include <deberta.h>
import "C"

import (
	"fmt"
	"math"
	"runtime"
	"runtime/cgo"
	"strings"
	"unsafe"
)

// Text is a text, or two that belong together.
type Text struct {
	Text, Pair string
	HasPair    bool
}

// TokenizeOptions are those of deberta_tokenize_options.
type TokenizeOptions struct {
	MaxLength         int
	Truncation        int32
	OmitSpecialTokens bool
	Windows           bool
	Stride            int
}

// arguments are what C reads during one call. Strings and slices are not copied but pinned until release. The first
// argument that C cannot take is kept as an error.
type arguments struct {
	pinner   runtime.Pinner
	err      error
	observer observer
	handle   *cgo.Handle
}

// release ends the call: nothing of the arguments is used any more.
func (a *arguments) release() {
	a.pinner.Unpin()
	if a.handle != nil {
		a.handle.Delete()
	}
}

func (a *arguments) fail(message string) {
	if a.err == nil {
		a.err = invalid(message)
	}
}

// call calls C unless an argument is wrong.
func (a *arguments) call(function func(failure **C.deberta_error) C.deberta_status) error {
	if a.err != nil {
		return a.err
	}
	collectGarbage()
	var failure *C.deberta_error
	status := function(&failure)
	return a.observer.explain(check(status, failure))
}

// observe makes what identifies this call to a callback.
func (a *arguments) observe() unsafe.Pointer {
	a.handle = new(cgo.Handle)
	*a.handle = cgo.NewHandle(&a.observer)
	a.pinner.Pin(a.handle)
	return unsafe.Pointer(a.handle)
}

func (a *arguments) size(name string, value int) C.size_t {
	if value < 0 {
		a.fail(fmt.Sprintf("%s is %d", name, value))
	}
	return C.size_t(value)
}

func (a *arguments) uint32(name string, value int) C.uint32_t {
	if value < 0 || int64(value) > math.MaxUint32 {
		a.fail(fmt.Sprintf("%s is %d", name, value))
	}
	return C.uint32_t(value)
}

// Go has no address for an empty string, but C tells that from no string.
var empty [1]C.char

func (a *arguments) string(s string) (*C.char, C.size_t) {
	if s == "" {
		return &empty[0], 0
	}
	data := unsafe.StringData(s)
	a.pinner.Pin(data)
	return (*C.char)(unsafe.Pointer(data)), C.size_t(len(s))
}

// path copies the string and ends it with a NUL.
func (a *arguments) path(name, s string) *C.char {
	if strings.IndexByte(s, 0) >= 0 {
		a.fail(fmt.Sprintf("%s %q has a NUL in it", name, s))
	}
	bytes := append([]byte(s), 0)
	a.pinner.Pin(&bytes[0])
	return pointer[C.char](bytes)
}

func (a *arguments) text(text Text) C.deberta_text {
	var result C.deberta_text
	result.text, result.text_length = a.string(text.Text)
	if text.HasPair {
		result.pair, result.pair_length = a.string(text.Pair)
	}
	return result
}

func (a *arguments) texts(texts []Text) (*C.deberta_text, C.size_t) {
	result := make([]C.deberta_text, len(texts))
	for index, text := range texts {
		result[index] = a.text(text)
	}
	return a.pinned(result)
}

// strings are texts without pairs: nil for a nil slice, an address for an empty one.
func (a *arguments) strings(strings []string) (*C.deberta_text, C.size_t) {
	if strings == nil {
		return nil, 0
	}
	result := make([]C.deberta_text, len(strings), len(strings)+1)
	for index, s := range strings {
		result[index].text, result[index].text_length = a.string(s)
	}
	return a.pinned(result)
}

func (a *arguments) pinned(texts []C.deberta_text) (*C.deberta_text, C.size_t) {
	if cap(texts) == 0 {
		return nil, 0
	}
	first := unsafe.SliceData(texts)
	a.pinner.Pin(first)
	return first, C.size_t(len(texts))
}

func (a *arguments) tokenize(options *TokenizeOptions) *C.deberta_tokenize_options {
	if options == nil {
		return nil
	}
	result := &C.deberta_tokenize_options{
		struct_size:         C.sizeof_deberta_tokenize_options,
		max_length:          a.size("max_length", options.MaxLength),
		truncation:          C.int32_t(options.Truncation),
		omit_special_tokens: flag(options.OmitSpecialTokens),
		windows:             flag(options.Windows),
		stride:              a.size("stride", options.Stride),
	}
	a.pinner.Pin(result)
	return result
}

func flag(value bool) C.int32_t {
	if value {
		return 1
	}
	return 0
}
