package capi

// #include <deberta.h>
//
// extern void debertaGoLogCallback(void *data, int32_t level, deberta_string target, deberta_string message);
import "C"

import "sync/atomic"

// LogFunction receives a message; level is a deberta_log_level. It may be called from several goroutines at once.
type LogFunction func(level int32, target, message string)

var logFunction atomic.Pointer[LogFunction]

// SetLog is deberta_set_log_callback; nil for none.
func SetLog(function LogFunction, level int32) error {
	before := logFunction.Load()
	var callback C.deberta_log_callback
	if function != nil {
		logFunction.Store(&function)
		callback = C.deberta_log_callback(C.debertaGoLogCallback)
	}
	var failure *C.deberta_error
	status := C.deberta_set_log_callback(callback, nil, C.int32_t(level), &failure)
	err := check(status, failure)
	if err != nil {
		logFunction.Store(before)
	}
	return err
}
