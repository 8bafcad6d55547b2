//go:build deberta_static

package capi

// The static library is named first and defines everything, so that the shared one, which pkg-config names, is not
// needed.

// #cgo LDFLAGS: -l:libdeberta.a -Wl,--as-needed
// #cgo pkg-config: --static deberta
import "C"
