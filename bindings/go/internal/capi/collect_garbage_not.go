//go:build !deberta_gcstress

package capi

func collectGarbage() {}
