//go:build deberta_debug

package deberta

import (
	"log/slog"
	"runtime/debug"
)

func stack() string { return string(debug.Stack()) }

func reportForgotten(kind, opened string) {
	slog.Warn("deberta: a "+kind+" was never closed", "opened", opened)
}
