package capi

// #include <deberta.h>
import "C"

// Error is a deberta_error.
type Error struct {
	// Code is a deberta_status, never that of success.
	Code    int32
	Message string
	// Cause is empty if there is none.
	Cause string
	// Reason is the error of a callback that ended the call; else nil.
	Reason error
}

func (e *Error) Error() string { return e.Message }

// StatusName returns the name of a deberta_status; empty for an unknown one.
func StatusName(status int32) string {
	return text(C.deberta_status_name(C.int32_t(status)))
}

// check takes over the error of a call that failed.
func check(status C.deberta_status, failure *C.deberta_error) error {
	collectGarbage()
	if status == C.DEBERTA_STATUS_OK {
		return nil
	}
	defer C.deberta_error_free(failure)
	return &Error{
		Code:    int32(status),
		Message: text(C.deberta_error_message(failure)),
		Cause:   text(C.deberta_error_cause(failure)),
	}
}

func invalid(message string) error {
	return &Error{Code: C.DEBERTA_STATUS_INVALID_ARGUMENT, Message: message}
}

// reader reads results one call after the other and keeps the first error, after which it reads nothing more.
type reader struct {
	err error
}

// Err returns the first error.
func (r *reader) Err() error { return r.err }

// read calls C unless there was an error before.
func (r *reader) read(call func(failure **C.deberta_error) C.deberta_status) {
	if r.err != nil {
		return
	}
	var failure *C.deberta_error
	status := call(&failure)
	r.err = check(status, failure)
}
