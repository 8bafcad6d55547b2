package deberta

import (
	"context"
	"time"

	"github.com/libdeberta/libdeberta/bindings/go/internal/capi"
)

// RunOptions say how a call with many texts goes about it.
type RunOptions struct {
	// Progress is told after each batch how many of the texts are answered, on the calling goroutine. An error that it
	// returns ends the call with [CodeCancelled] and is the error's cause. It must not close
	// the model, nor end its goroutine (runtime.Goexit).
	Progress func(texts, totalTexts int) error
	// BatchTokens is the most tokens to encode together; 0 for 4,096. More use more memory, fewer may leave threads
	// without work. A text of more tokens is encoded alone. Results do not depend on it.
	BatchTokens int
}

// limited calls with a resource acquired, and under the limits of the context.
func limited[T any](
	ctx context.Context, resource *resource, options RunOptions, call func(run *capi.Run) (T, error),
) (T, error) {
	var none T
	if err := resource.acquire(); err != nil {
		return none, err
	}
	defer resource.release()
	if ctx == nil {
		return none, invalid("the context is nil")
	}
	if ctx.Err() != nil {
		return none, ended(ctx)
	}
	run := &capi.Run{Progress: options.Progress, BatchTokens: options.BatchTokens}
	if deadline, ok := ctx.Deadline(); ok {
		run.Timeout = max(time.Until(deadline), 1)
	}
	if ctx.Done() != nil {
		cancellation, err := capi.NewCancellation()
		if err != nil {
			return none, failure(ctx, err)
		}
		cancelled := make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			cancellation.Cancel()
			close(cancelled)
		})
		defer func() {
			if !stop() {
				<-cancelled
			}
			cancellation.Free()
		}()
		run.Cancellation = cancellation
	}
	result, err := call(run)
	if err != nil {
		// The result may still be a count.
		return result, failure(ctx, err)
	}
	return result, nil
}

// answered makes Go values of a result of the library, which it frees.
func answered[R interface {
	Free()
	Err() error
}, T any](result R, err error, read func(R) T) (T, error) {
	var none T
	if err != nil {
		return none, err
	}
	defer result.Free()
	values := read(result)
	if err := result.Err(); err != nil {
		return none, err
	}
	return values, nil
}

// valueOf is the options, or the defaults.
func valueOf[T any](options *T) T {
	if options == nil {
		var defaults T
		return defaults
	}
	return *options
}
