package deberta_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

// work takes a long time for any machine.
func work() []deberta.Input {
	row := deberta.Text(longText)
	return slices.Repeat([]deberta.Input{row}, 500)
}

// isEnded fails the test unless the error is the context's in every respect.
func isEnded(t *testing.T, err, reason error, code deberta.Code) {
	t.Helper()
	refused(t, err, code, "")
	if !errors.Is(err, reason) {
		t.Errorf("%v is not %v", err, reason)
	}
}

func TestContextThatHasEndedRefusesEveryCall(t *testing.T) {
	model := openBundled(t)
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	texts := []string{"text"}
	for name, call := range map[string]func() error{
		"Open":        func() error { _, err := deberta.Open(cancelled, bundledModel, nil); return err },
		"Classify":    func() error { _, err := model.Classify(cancelled, deberta.Texts("text"), nil); return err },
		"ZeroShot":    func() error { _, err := model.ZeroShot(cancelled, texts, texts, nil); return err },
		"Rank":        func() error { _, err := model.Rank(cancelled, "query", texts, nil); return err },
		"Tag":         func() error { _, err := model.Tag(cancelled, texts, nil); return err },
		"Answer":      func() error { _, err := model.Answer(cancelled, nil, nil); return err },
		"FillMask":    func() error { _, err := model.FillMask(cancelled, texts, nil); return err },
		"Choose":      func() error { _, err := model.Choose(cancelled, "prompt", texts, nil); return err },
		"Embed":       func() error { _, err := model.Embed(cancelled, deberta.Texts("text"), nil); return err },
		"EmbedInto":   func() error { _, err := model.EmbedInto(cancelled, nil, deberta.Texts("text"), nil); return err },
		"Explain":     func() error { _, err := model.Explain(cancelled, deberta.Text("text"), nil); return err },
		"Encode":      func() error { _, err := model.Encode(cancelled, deberta.Rows([]uint32{5}), nil); return err },
		"EncodeInto":  func() error { _, err := model.EncodeInto(cancelled, nil, deberta.Rows([]uint32{5})); return err },
		"EncodeTexts": func() error { _, err := model.EncodeTexts(cancelled, deberta.Texts("text"), nil, nil); return err },
	} {
		t.Run(name, func(t *testing.T) { isEnded(t, call(), context.Canceled, deberta.CodeCancelled) })
	}
}

func TestCancellingEndsACall(t *testing.T) {
	model := openBundled(t)
	cancelled, cancel := context.WithCancelCause(ctx)
	time.AfterFunc(50*time.Millisecond, func() { cancel(io.ErrClosedPipe) })
	_, err := model.Classify(cancelled, work(), nil)
	isEnded(t, err, context.Canceled, deberta.CodeCancelled)
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the context's cause is not in %v", err)
	}
}

func TestDeadlineEndsACall(t *testing.T) {
	model := openBundled(t)
	limited, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := model.Classify(limited, work(), nil)
	isEnded(t, err, context.DeadlineExceeded, deberta.CodeDeadlineExceeded)
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	// A context with a deadline that never comes changes nothing.
	patient, cancelPatient := context.WithTimeout(ctx, time.Hour)
	defer cancelPatient()
	found := must(model.Classify(patient, deberta.Texts("text"), nil))(t)
	if !sameBits(found[0].Logits, must(model.Classify(ctx, deberta.Texts("text"), nil))(t)[0].Logits) {
		t.Error("a deadline changes the bits")
	}
}

func TestNilContextIsRefused(t *testing.T) {
	var none context.Context
	_, err := openBundled(t).Classify(none, deberta.Texts("text"), nil)
	refused(t, err, deberta.CodeInvalidArgument, "context is nil")
	_, err = deberta.Open(none, bundledModel, nil)
	refused(t, err, deberta.CodeInvalidArgument, "context is nil")
}

func TestProgressIsToldAndCanEndACall(t *testing.T) {
	model := openBundled(t)
	inputs := deberta.Texts(slices.Repeat([]string{"some text"}, 20)...)
	var seen []int
	options := &deberta.ClassifyOptions{Run: deberta.RunOptions{
		BatchTokens: 12,
		Progress: func(texts, totalTexts int) error {
			if totalTexts != len(inputs) {
				t.Errorf("%d texts in all", totalTexts)
			}
			seen = append(seen, texts)
			return nil
		},
	}}
	must(model.Classify(ctx, inputs, options))(t)
	if len(seen) < 5 || !slices.IsSorted(seen) || seen[len(seen)-1] != len(inputs) {
		t.Errorf("progress: %v", seen)
	}
	options.Run.Progress = func(int, int) error { return io.ErrUnexpectedEOF }
	_, err := model.Classify(ctx, inputs, options)
	refused(t, err, deberta.CodeCancelled, "")
	if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestProgressMayCallTheModel(t *testing.T) {
	model := openBundled(t)
	options := &deberta.ClassifyOptions{Run: deberta.RunOptions{Progress: func(int, int) error {
		_, err := model.Classify(ctx, deberta.Texts("inside"), nil)
		return err
	}}}
	must(model.Classify(ctx, deberta.Texts("outside"), options))(t)
}

func TestPanicOfProgressReachesTheCaller(t *testing.T) {
	model := openBundled(t)
	defer func() {
		if reason := recover(); reason != "reason" {
			t.Errorf("recovered %v", reason)
		}
		// The model is not in use any more, so that this does not wait.
		model.Close()
	}()
	options := &deberta.ClassifyOptions{Run: deberta.RunOptions{Progress: func(int, int) error { panic("reason") }}}
	model.Classify(ctx, deberta.Texts("text"), options)
	t.Error("there was no panic")
}
