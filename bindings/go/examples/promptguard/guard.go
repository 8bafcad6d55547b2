package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

// guard scores request bodies.
type guard struct {
	settings
	model   *deberta.Model
	slots   chan struct{}
	metrics metrics
}

func newGuard(model *deberta.Model, s settings) (*guard, error) {
	if labels := model.Info().Labels; !slices.Contains(labels, s.label) {
		return nil, fmt.Errorf("the model has no label %q, only %q", s.label, labels)
	}
	return &guard{settings: s, model: model, slots: make(chan struct{}, max(s.concurrency, 1))}, nil
}

// middleware hands on the requests whose bodies are scored below the threshold.
func (g *guard) middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, g.maxBodyBytes))
		if err != nil {
			g.refuse(w, r, err)
			return
		}
		start := time.Now()
		score, err := g.score(r.Context(), string(body))
		g.metrics.observe(time.Since(start))
		switch {
		case err != nil:
			g.refuse(w, r, err)
		case float64(score) >= g.threshold:
			g.metrics.count(outcomeRefused)
			http.Error(w, fmt.Sprintf("the request was refused: %s with a score of %.3f", g.label, score), http.StatusForbidden)
		default:
			g.metrics.count(outcomeAllowed)
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(w, r)
		}
	})
}

// score reads a long text in windows and returns the label's score where it is highest. With the sigmoid that depends on
// the label's own logit alone; with softmax, harmless windows would hide a harmful one.
func (g *guard) score(ctx context.Context, text string) (float32, error) {
	ctx, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	select {
	case g.slots <- struct{}{}:
		defer func() { <-g.slots }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	answers, err := g.model.Classify(ctx, deberta.Texts(text), &deberta.ClassifyOptions{
		Tokenize:      &deberta.TokenizeOptions{MaxLength: 256, Windows: true, Stride: 32},
		ScoreFunction: deberta.ScoreFunctionSigmoid,
		WindowMerge:   deberta.WindowMergeMax,
	})
	if err != nil {
		return 0, err
	}
	score, _ := answers[0].Score(g.label)
	return score, nil
}

// refuse answers a request that was not scored: what is not known to be harmless is not handed on.
func (g *guard) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		g.metrics.count(outcomeTooLarge)
		http.Error(w, fmt.Sprintf("a body may have %d bytes", tooLarge.Limit), http.StatusRequestEntityTooLarge)
	case errors.Is(err, deberta.CodeInvalidUTF8):
		g.metrics.count(outcomeInvalid)
		http.Error(w, "the body is not UTF-8", http.StatusBadRequest)
	case r.Context().Err() != nil:
		// The client is gone.
		g.metrics.count(outcomeCancelled)
	case errors.Is(err, context.DeadlineExceeded):
		g.metrics.count(outcomeTimeout)
		w.Header().Set("Retry-After", "1")
		http.Error(w, "scoring took too long", http.StatusServiceUnavailable)
	default:
		g.metrics.count(outcomeFailed)
		slog.ErrorContext(r.Context(), "a request could not be scored", "error", err)
		http.Error(w, "the request could not be scored", http.StatusInternalServerError)
	}
}
