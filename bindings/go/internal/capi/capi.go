// Package capi calls libdeberta through cgo. It turns slices and strings into pointers, and statuses into errors, and
// does nothing else; no other package of this module contains C.
//
// Slices that results return are views of the result's memory: they are valid until its Free.
package capi

/*
#include <deberta.h>

#if DEBERTA_ABI_VERSION != 0
#error "this package needs a deberta.h whose DEBERTA_ABI_VERSION is 0"
#endif
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// CheckABI returns an error if the library that was loaded has another binary interface than the header that this
// package was compiled with.
func CheckABI() error {
	if found := uint32(C.deberta_abi_version()); found != C.DEBERTA_ABI_VERSION {
		message := fmt.Sprintf("libdeberta %s has version %d of the binary interface, but this program was compiled for version %d",
			Version(), found, C.DEBERTA_ABI_VERSION)
		return &Error{Code: C.DEBERTA_STATUS_UNSUPPORTED, Message: message}
	}
	return nil
}

// Version returns the version of the library in use.
func Version() string {
	return text(C.deberta_version())
}

// InstructionSets returns the instruction sets of this machine, as deberta_instruction_set.
func InstructionSets() ([]int32, error) {
	sets := make([]int32, 64)
	var length C.size_t
	var failure *C.deberta_error
	status := C.deberta_instruction_sets((*C.int32_t)(unsafe.SliceData(sets)), C.size_t(len(sets)), &length, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	return sets[:length], nil
}

// InstructionSetName returns the name of a deberta_instruction_set; empty for an unknown one.
func InstructionSetName(instructionSet int32) string {
	return text(C.deberta_instruction_set_name(C.int32_t(instructionSet)))
}

// text copies a string of the library.
func text(s C.deberta_string) string {
	return string(view[byte](s.data, s.length))
}

// view is an array of the library as a slice of a type with the same layout.
func view[T, E any](first *E, length C.size_t) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(first)), int(length))
}

// pointer is what C takes for a slice; nil for a nil slice.
func pointer[E, T any](slice []T) *E {
	return (*E)(unsafe.Pointer(unsafe.SliceData(slice)))
}
