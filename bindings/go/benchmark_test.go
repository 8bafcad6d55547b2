//go:build deberta_benchmark

package deberta_test

import (
	"context"
	"testing"
	"time"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// extraSmall is microsoft/deberta-v3-xsmall.
var extraSmall = deberta.BackboneConfig{
	VocabularySize: 128_100, NumLayers: 12, NumHeads: 6, HiddenDim: 384, IntermediateDim: 1536,
}

var sixteenTokens = []uint32{1, 365, 78, 912, 44, 9, 1021, 77, 6, 230, 18, 4, 87, 3021, 12, 2}

// BenchmarkEncodeInto is one row of 16 tokens through C alone, in a loop in C, and through this package.
func BenchmarkEncodeInto(b *testing.B) {
	options := &deberta.OpenOptions{Threads: 1, RandomSeed: 1}
	values := make([]float32, len(sixteenTokens)*extraSmall.HiddenDim)
	b.Run("language=C", func(b *testing.B) {
		model := must(capi.OpenBackbone(capi.Backbone{
			VocabularySize: extraSmall.VocabularySize, NumLayers: extraSmall.NumLayers, NumHeads: extraSmall.NumHeads,
			HiddenDim: extraSmall.HiddenDim, IntermediateDim: extraSmall.IntermediateDim,
		}, &capi.OpenOptions{Threads: options.Threads, RandomSeed: options.RandomSeed}))(b)
		defer model.Free()
		if err := model.EncodeLoop(sixteenTokens, values, 3); err != nil {
			b.Fatal(err)
		}
		b.ResetTimer()
		if err := model.EncodeLoop(sixteenTokens, values, b.N); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("language=Go", func(b *testing.B) {
		model := must(deberta.FromBackbone(ctx, extraSmall, options))(b)
		defer model.Close()
		limited, cancel := context.WithTimeout(ctx, time.Hour)
		defer cancel()
		batch := deberta.Ragged{IDs: sixteenTokens, RowOffsets: []int{0, len(sixteenTokens)}}
		must(model.EncodeInto(limited, values, batch))(b)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := model.EncodeInto(limited, values, batch); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkCall is what this package adds to a call: one that C refuses at once, with and without limits.
func BenchmarkCall(b *testing.B) {
	model := open(b, golden("v3_shared"), deberta.OpenOptions{Threads: 1})
	limited, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	for name, ctx := range map[string]context.Context{"background": ctx, "deadline": limited} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			batch := deberta.Rows()
			for b.Loop() {
				if _, err := model.EncodeInto(ctx, nil, batch); err == nil {
					b.Fatal("a batch without rows was accepted")
				}
			}
		})
	}
}
