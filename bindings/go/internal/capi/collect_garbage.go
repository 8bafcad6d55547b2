//go:build deberta_gcstress

package capi

import "runtime"

// collectGarbage runs at each call, so that memory that C still needs but Go no longer holds is gone by then.
func collectGarbage() { runtime.GC() }
