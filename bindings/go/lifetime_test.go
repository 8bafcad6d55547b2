package deberta_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

var longText = strings.Repeat("let value = compute(input)?; ", 20)

func TestClosingTwiceIsHarmlessAndLaterCallsAreRefused(t *testing.T) {
	model := must(deberta.Open(ctx, bundledModel, nil))(t)
	tokenizer := must(model.Tokenizer())(t)
	for range 3 {
		if err := model.Close(); err != nil {
			t.Error(err)
		}
	}
	_, classify := model.Classify(ctx, deberta.Texts("text"), nil)
	_, encode := model.Encode(ctx, deberta.Rows([]uint32{5}), nil)
	_, embeddings := model.TokenEmbeddings([]uint32{5})
	_, ofModel := model.Tokenizer()
	_, tokens := tokenizer.Encode(deberta.Text("text"), nil)
	_, zero := new(deberta.Model).Classify(ctx, deberta.Texts("text"), nil)
	_, zeroTokenizer := new(deberta.Tokenizer).Token(1)
	for index, err := range []error{classify, encode, embeddings, ofModel, tokens, zero, zeroTokenizer} {
		if !errors.Is(err, deberta.ErrClosed) {
			t.Errorf("%d: %v", index, err)
		}
		refused(t, err, deberta.CodeInvalidArgument, "Close")
	}
	if model.Info().HiddenSize != 192 {
		t.Error("a closed model forgets its sizes")
	}
	var none *deberta.Model
	if err := errors.Join(none.Close(), new(deberta.Model).Close(), (*deberta.Tokenizer)(nil).Close()); err != nil {
		t.Error(err)
	}
}

func TestTokenizerOfAModelIsClosedWithTheModel(t *testing.T) {
	model := openBundled(t)
	tokenizer := must(model.Tokenizer())(t)
	tokenizer.Close()
	must(tokenizer.Encode(deberta.Text("text"), nil))(t)
	alone := openTokenizer(t, bundledModel)
	alone.Close()
	alone.Close()
	_, err := alone.Encode(deberta.Text("text"), nil)
	if !errors.Is(err, deberta.ErrClosed) {
		t.Error(err)
	}
}

func TestCloseWaitsForCalls(t *testing.T) {
	model := must(deberta.Open(ctx, bundledModel, &deberta.OpenOptions{Threads: 1}))(t)
	started := make(chan struct{})
	var answered atomic.Int64
	inputs := slices.Repeat(deberta.Texts("some text"), 200)
	start := sync.OnceFunc(func() { close(started) })
	options := &deberta.ClassifyOptions{Run: deberta.RunOptions{
		BatchTokens: 8,
		Progress: func(texts, _ int) error {
			start()
			answered.Store(int64(texts))
			return nil
		},
	}}
	var calls sync.WaitGroup
	calls.Add(1)
	go func() {
		defer calls.Done()
		if _, err := model.Classify(ctx, inputs, options); err != nil {
			t.Error(err)
		}
	}()
	<-started
	var closers sync.WaitGroup
	for range 3 {
		closers.Add(1)
		go func() {
			defer closers.Done()
			model.Close()
		}()
	}
	closers.Wait()
	if found := answered.Load(); found != int64(len(inputs)) {
		t.Errorf("Close returned when %d of %d texts were answered", found, len(inputs))
	}
	calls.Wait()
}

// Calls race with Close: each is answered or refused.
func TestCloseWhileInUse(t *testing.T) {
	for range 10 {
		model := must(deberta.Open(ctx, golden("v3_shared"), &deberta.OpenOptions{Threads: 1}))(t)
		var calls sync.WaitGroup
		for range 8 {
			calls.Add(1)
			go func() {
				defer calls.Done()
				for {
					_, err := model.Encode(ctx, deberta.Rows([]uint32{5, 6, 7}), nil)
					if err != nil {
						if !errors.Is(err, deberta.ErrClosed) {
							t.Error(err)
						}
						return
					}
				}
			}()
		}
		runtime.Gosched()
		model.Close()
		calls.Wait()
	}
}

func TestForgottenHandlesAreReclaimed(t *testing.T) {
	before := residentBytes(t)
	config := deberta.BackboneConfig{
		VocabularySize: 20_000, NumLayers: 1, NumHeads: 4, HiddenDim: 256, IntermediateDim: 256,
	}
	// 20 MB of weights each, as a table and packed.
	for range 16 {
		must(deberta.FromBackbone(ctx, config, &deberta.OpenOptions{Threads: 1}))(t)
		must(deberta.OpenTokenizer(golden("tokenizer", "nmt_nfkc")))(t)
		runtime.GC()
	}
	if grown := residentBytes(t) - before; grown > 150<<20 {
		t.Errorf("%d MB are left behind", grown>>20)
	}
}

func TestGoroutinesShareAModel(t *testing.T) {
	model := openBundled(t)
	var inputs []deberta.Input
	for words := range 16 {
		inputs = append(inputs, deberta.Text(strings.Repeat("some words ", words)))
	}
	expected := must(model.Classify(ctx, inputs, nil))(t)
	var calls sync.WaitGroup
	for index, input := range inputs {
		calls.Add(1)
		go func() {
			defer calls.Done()
			for range 3 {
				limited, cancel := context.WithCancel(ctx)
				found, err := model.Classify(limited, []deberta.Input{input}, nil)
				cancel()
				if err != nil || !sameBits(found[0].Logits, expected[index].Logits) {
					t.Errorf("input %d has other bits, or %v", index, err)
				}
			}
		}()
	}
	calls.Wait()
}
