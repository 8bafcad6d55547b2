package capi

// #include <deberta.h>
import "C"

import "unsafe"

// A logger that panics loses the message: there may be no caller in Go that could recover.
//
//export debertaGoLogCallback
func debertaGoLogCallback(_ unsafe.Pointer, level C.int32_t, target, message C.deberta_string) {
	defer func() { _ = recover() }()
	(*logFunction.Load())(int32(level), text(target), text(message))
}
