//go:build deberta_debug

package deberta_test

import (
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

func TestForgottenHandlesAreReported(t *testing.T) {
	var messages lockedBuffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&messages, nil)))
	defer slog.SetDefault(before)
	must(deberta.Open(ctx, golden("v3_shared"), nil))(t)
	closed := must(deberta.OpenTokenizer(bundledModel))(t)
	closed.Close()
	var text string
	for deadline := time.Now().Add(10 * time.Second); text == "" && time.Now().Before(deadline); {
		runtime.GC()
		time.Sleep(time.Millisecond)
		text = messages.take()
	}
	if !strings.Contains(text, "a model was never closed") || !strings.Contains(text, "forgotten_test.go") {
		t.Errorf("the report is: %s", text)
	}
	if strings.Contains(text, "tokenizer was") {
		t.Error("a closed tokenizer is reported")
	}
}
