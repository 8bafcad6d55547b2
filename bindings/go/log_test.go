package deberta_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

// lockedBuffer may be written by several goroutines.
type lockedBuffer struct {
	mutex sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) take() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	text := b.String()
	b.Reset()
	return text
}

func TestMessagesReachTheLogger(t *testing.T) {
	var messages lockedBuffer
	logger := slog.New(slog.NewTextHandler(&messages, &slog.HandlerOptions{Level: deberta.LevelTrace}))
	set := func(logger *slog.Logger, level slog.Level) {
		t.Helper()
		if err := deberta.SetLogger(logger, level); err != nil {
			t.Fatal(err)
		}
	}
	defer set(nil, 0)
	openOne := func() string {
		open(t, golden("act_relu"), deberta.OpenOptions{})
		return messages.take()
	}
	set(logger, slog.LevelWarn)
	if text := openOne(); text != "" {
		t.Errorf("warnings: %s", text)
	}
	set(logger, slog.LevelInfo)
	if text := openOne(); !strings.Contains(text, "level=INFO") || !strings.Contains(text, "opened") ||
		!strings.Contains(text, "target=deberta") || !strings.Contains(text, "act_relu") {
		t.Errorf("messages: %s", text)
	}
	set(nil, deberta.LevelTrace)
	if text := openOne(); text != "" {
		t.Errorf("nobody asked for: %s", text)
	}
}

// awkwardHandler does what loggers should not do.
type awkwardHandler struct {
	slog.Handler
	err error
}

func (h *awkwardHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h *awkwardHandler) Handle(context.Context, slog.Record) error {
	h.err = deberta.SetLogger(nil, 0)
	panic("reason")
}

func TestLoggerMayPanicAndMustNotBeReplacedInside(t *testing.T) {
	handler := &awkwardHandler{}
	if err := deberta.SetLogger(slog.New(handler), slog.LevelInfo); err != nil {
		t.Fatal(err)
	}
	open(t, golden("act_relu"), deberta.OpenOptions{})
	if err := deberta.SetLogger(nil, 0); err != nil {
		t.Fatal(err)
	}
	refused(t, handler.err, deberta.CodeInvalidArgument, "from inside of it")
}
