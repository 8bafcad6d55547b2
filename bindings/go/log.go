package deberta

import (
	"context"
	"log/slog"

	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// LevelTrace is the level of the least important messages, below [slog.LevelDebug].
const LevelTrace = slog.LevelDebug - 4

// The numbers of deberta_log_level.
const (
	logOff int32 = iota
	logError
	logWarn
	logInfo
	logDebug
	logTrace
)

// SetLogger sets the logger that receives the library's messages of the level and above, for the whole process; nil for
// none, as at first. The logger may be called from any goroutine, also from several at once. When SetLogger returns, the
// one before is not running any more; so it must not be called from inside of a logger, which is refused. Messages that
// the library causes inside of the logger are dropped, and so is one with which the logger panics.
func SetLogger(logger *slog.Logger, level slog.Level) error {
	if err := capi.CheckABI(); err != nil {
		return failure(context.Background(), err)
	}
	if logger == nil {
		return failure(context.Background(), capi.SetLog(nil, logOff))
	}
	return failure(context.Background(), capi.SetLog(func(level int32, target, message string) {
		logger.LogAttrs(context.Background(), slogLevel(level), message, slog.String("target", target))
	}, logLevel(level)))
}

func logLevel(level slog.Level) int32 {
	switch {
	case level <= LevelTrace:
		return logTrace
	case level <= slog.LevelDebug:
		return logDebug
	case level <= slog.LevelInfo:
		return logInfo
	case level <= slog.LevelWarn:
		return logWarn
	default:
		return logError
	}
}

func slogLevel(level int32) slog.Level {
	switch level {
	case logError:
		return slog.LevelError
	case logWarn:
		return slog.LevelWarn
	case logInfo:
		return slog.LevelInfo
	case logDebug:
		return slog.LevelDebug
	default:
		return LevelTrace
	}
}
