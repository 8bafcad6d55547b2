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
	// The C library keeps freed memory apart for each thread, and goroutines change threads now and then.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var resident []int
	for index := 1; index <= rounds; index++ {
		round()
		if index%(rounds/10) == 0 {
			runtime.GC()
			resident = append(resident, residentBytes(t)>>10)
		}
	}
	t.Logf("%d rounds, kB after each tenth: %d", rounds, resident)
	if grown := resident[9] - resident[0]; grown > 16<<10 {
		t.Errorf("memory has grown by %d kB", grown)
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
