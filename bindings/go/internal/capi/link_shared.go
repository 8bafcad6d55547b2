//go:build !deberta_static

package capi

// #cgo pkg-config: deberta
import "C"
