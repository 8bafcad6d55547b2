package capi

// #include <deberta.h>
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// observer is what callbacks of one call tell.
type observer struct {
	open func(stage int32, bytes, totalBytes uint64) error
	run  func(texts, totalTexts int) error
	// err is why the callback ended the call.
	err error
	// panicked is what the callback panicked with; a panic must not pass through C.
	panicked any
}

// explain returns the error of the call that was observed, with the callback's reason. If the callback panicked, so does
// this.
func (o *observer) explain(err error) error {
	if o.panicked != nil {
		panic(o.panicked)
	}
	if failure, ok := err.(*Error); ok && o.err != nil {
		failure.Reason = o.err
	}
	return err
}

// observe calls back and returns 0 to go on.
func (o *observer) observe(callback func() error) (stop C.int32_t) {
	defer func() {
		if o.panicked = recover(); o.panicked != nil {
			stop = 1
		}
	}()
	collectGarbage()
	if o.err = callback(); o.err != nil {
		return 1
	}
	return 0
}

func observerOf(data unsafe.Pointer) *observer {
	return (*cgo.Handle)(data).Value().(*observer)
}

//export debertaGoOpenCallback
func debertaGoOpenCallback(data unsafe.Pointer, stage C.int32_t, bytes, totalBytes C.uint64_t) C.int32_t {
	o := observerOf(data)
	return o.observe(func() error { return o.open(int32(stage), uint64(bytes), uint64(totalBytes)) })
}

//export debertaGoRunCallback
func debertaGoRunCallback(data unsafe.Pointer, texts, totalTexts C.size_t) C.int32_t {
	o := observerOf(data)
	return o.observe(func() error { return o.run(int(texts), int(totalTexts)) })
}
