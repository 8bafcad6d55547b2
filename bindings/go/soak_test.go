package deberta_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"runtime"
	"strconv"
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

var soak = flag.Bool("soak", false, "open and close the bundled model 10,000 times and call it 100,000 times")

// residentBytes is the memory that the process has.
func residentBytes(t testing.TB) int {
	t.Helper()
	fields := bytes.Fields(must(os.ReadFile("/proc/self/statm"))(t))
	return must(strconv.Atoi(string(fields[1])))(t) * os.Getpagesize()
}

// flat fails the test if memory grows after a tenth of the rounds, when pools and caches have their size.
func flat(t *testing.T, rounds int, round func()) {
	t.Helper()
	var warm int
	for index := range rounds {
		if index == rounds/10 {
			runtime.GC()
			warm = residentBytes(t)
		}
		round()
	}
	runtime.GC()
	end := residentBytes(t)
	t.Logf("%d rounds: %d kB after a tenth, %d kB at the end", rounds, warm>>10, end>>10)
	if grown := end - warm; grown > 16<<20 {
		t.Errorf("memory has grown by %d kB", grown>>10)
	}
}

func TestOpeningLeavesNothingBehind(t *testing.T) {
	rounds := 100
	if *soak {
		rounds = 10_000
	}
	flat(t, rounds, func() {
		model := must(deberta.Open(ctx, bundledModel, &deberta.OpenOptions{Threads: 1}))(t)
		must(model.Tokenizer())(t)
		model.Close()
	})
}

func TestCallsLeaveNothingBehind(t *testing.T) {
	rounds := 2_000
	if *soak {
		rounds = 100_000
	}
	model := open(t, bundledModel, deberta.OpenOptions{Threads: 1})
	inputs := deberta.Texts("fn main() {}")
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	index := 0
	flat(t, rounds, func() {
		index++
		switch index % 4 {
		case 0:
			must(model.Classify(limited, inputs, nil))(t)
		case 1:
			must(model.EncodeTexts(limited, inputs, nil, &deberta.EncodeOptions{Outputs: everything}))(t)
		case 2:
			must(model.Embed(limited, inputs, nil))(t)
		default:
			_, err := model.Classify(limited, deberta.Texts("\xff"), nil)
			refused(t, err, deberta.CodeInvalidUTF8, "")
		}
	})
}
