package capi

// #include <deberta.h>
//
// extern int32_t debertaGoRunCallback(void *data, size_t texts, size_t total_texts);
import "C"

import (
	"math"
	"time"
)

// Run limits a call.
type Run struct {
	// Timeout is none if it is 0.
	Timeout      time.Duration
	Cancellation *Cancellation
	Progress     func(texts, totalTexts int) error
	BatchTokens  int
}

func (a *arguments) run(run *Run) *C.deberta_run_options {
	if run == nil {
		return nil
	}
	result := &C.deberta_run_options{
		struct_size:          C.sizeof_deberta_run_options,
		timeout_milliseconds: C.uint64_t(math.Ceil(float64(run.Timeout) / float64(time.Millisecond))),
		batch_tokens:         a.size("batch_tokens", run.BatchTokens),
	}
	if run.Cancellation != nil {
		result.cancellation = run.Cancellation.handle
	}
	if run.Progress != nil {
		a.observer.run = run.Progress
		result.run_callback = C.deberta_run_callback(C.debertaGoRunCallback)
		result.run_callback_data = a.observe()
	}
	a.pinner.Pin(result)
	return result
}

// Cancellation stops calls.
type Cancellation struct {
	handle *C.deberta_cancellation
}

// NewCancellation makes a cancellation that was not triggered yet.
func NewCancellation() (*Cancellation, error) {
	var handle *C.deberta_cancellation
	var failure *C.deberta_error
	status := C.deberta_cancellation_new(&handle, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	return &Cancellation{handle}, nil
}

// Cancel stops the calls that have the cancellation, now and later.
func (c *Cancellation) Cancel() {
	// It only fails for NULL.
	C.deberta_cancellation_cancel(c.handle, nil)
}

// Free frees the cancellation, which no call must have any more.
func (c *Cancellation) Free() { C.deberta_cancellation_free(c.handle) }
