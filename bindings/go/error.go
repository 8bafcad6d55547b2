package deberta

import (
	"context"
	"errors"

	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// Code says what kind of thing went wrong. The numbers never change; a newer library may return others. A Code is the
// target of [errors.Is] for errors that have it.
type Code int32

const (
	// CodeInvalidArgument: an argument does not fit the contract: a wrong length, an id out of range, an empty row, …
	CodeInvalidArgument Code = 1
	// CodeNotFound: a file or folder that is needed does not exist.
	CodeNotFound Code = 2
	// CodeIO: the operating system refused to open, read or map a file.
	CodeIO Code = 3
	// CodeInvalidConfig: config.json is not JSON, or holds an inconsistent or unsupported value.
	CodeInvalidConfig Code = 4
	// CodeInvalidCheckpoint: a weight file is damaged, or its tensors are missing or have the wrong shape or type.
	CodeInvalidCheckpoint Code = 5
	// CodeInvalidTokenizer: the tokenizer file is damaged or of a kind that the library does not read.
	CodeInvalidTokenizer Code = 6
	// CodeUnsupported: the request is well formed, but this model or this library cannot serve it.
	CodeUnsupported Code = 7
	// CodeTooLong: the input has more tokens than the model or the options allow.
	CodeTooLong Code = 8
	// CodeOutOfMemory: memory for weights or scratch could not be had.
	CodeOutOfMemory Code = 9
	// CodeInternal: a fault of the library itself; please report it.
	CodeInternal Code = 10
	// CodeBufferTooSmall: the slice cannot hold the result.
	CodeBufferTooSmall Code = 11
	// CodeInvalidUTF8: a text is not UTF-8.
	CodeInvalidUTF8 Code = 12
	// CodeCancelled: the context was cancelled, or a progress function ended the call.
	CodeCancelled Code = 13
	// CodeDeadlineExceeded: the context's deadline passed before there was an answer.
	CodeDeadlineExceeded Code = 14
)

// String returns the name, as "TOO_LONG"; empty for a number that the library does not know.
func (c Code) String() string { return capi.StatusName(int32(c)) }

// Error returns the name, so that a Code is an error to compare with.
func (c Code) Error() string { return "deberta: " + c.String() }

// Error is why a call failed.
type Error struct {
	Code Code
	// Message says what was wrong, where, and what to do about it. It is for people and may change.
	Message string
	// Cause is what caused the error: an error below it, the context's cause, or what a progress function returned; nil
	// if there is nothing to say.
	Cause error
}

// ErrClosed is the error of methods of a [Model] or [Tokenizer] that is closed. Its code is [CodeInvalidArgument].
var ErrClosed error = &Error{Code: CodeInvalidArgument, Message: "used after Close"}

func (e *Error) Error() string {
	if e.Cause == nil {
		return "deberta: " + e.Message
	}
	return "deberta: " + e.Message + ": " + e.Cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is tells whether the target is the error's code, or the context's error that the code stands for.
func (e *Error) Is(target error) bool {
	switch target {
	case context.Canceled:
		return e.Code == CodeCancelled
	case context.DeadlineExceeded:
		return e.Code == CodeDeadlineExceeded
	default:
		return target == e.Code
	}
}

func invalid(message string) error { return &Error{Code: CodeInvalidArgument, Message: message} }

// ended is the error of a call whose context has ended.
func ended(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Error{Code: CodeDeadlineExceeded, Message: "the deadline has passed", Cause: context.Cause(ctx)}
	}
	return &Error{Code: CodeCancelled, Message: "the call was cancelled", Cause: context.Cause(ctx)}
}

// failure makes an Error of one of capi.
func failure(ctx context.Context, err error) error {
	below, ok := err.(*capi.Error)
	if !ok {
		return err
	}
	result := &Error{Code: Code(below.Code), Message: below.Message, Cause: below.Reason}
	isLimit := result.Code == CodeCancelled || result.Code == CodeDeadlineExceeded
	if isLimit && below.Reason == nil && ctx.Err() != nil {
		return ended(ctx)
	}
	if result.Cause == nil && below.Cause != "" {
		result.Cause = errors.New(below.Cause)
	}
	return result
}
