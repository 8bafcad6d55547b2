package deberta

import (
	"runtime"
	"sync"
)

// resource is memory of the library that calls share until it is closed.
type resource struct {
	mutex   sync.Mutex
	users   int
	closed  bool
	idle    chan struct{}
	free    func()
	once    sync.Once
	cleanup runtime.Cleanup
}

// forgotten is what is known of a resource that was not closed.
type forgotten struct {
	free         func()
	kind, opened string
}

// newResource takes over something; free must not reach the resource, which would then never be unreachable.
func newResource(kind string, free func()) *resource {
	r := &resource{idle: make(chan struct{}), free: free}
	r.cleanup = runtime.AddCleanup(r, reclaim, forgotten{free, kind, stack()})
	return r
}

func reclaim(f forgotten) {
	f.free()
	reportForgotten(f.kind, f.opened)
}

// acquire begins a call, which ends with release.
func (r *resource) acquire() error {
	if r == nil {
		return ErrClosed
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.closed {
		return ErrClosed
	}
	r.users++
	return nil
}

func (r *resource) release() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.users--
	if r.closed && r.users == 0 {
		close(r.idle)
	}
}

// close refuses further calls, waits for those that are running, and frees.
func (r *resource) close() {
	if r == nil {
		return
	}
	r.mutex.Lock()
	if !r.closed {
		r.closed = true
		if r.users == 0 {
			close(r.idle)
		}
	}
	r.mutex.Unlock()
	<-r.idle
	r.once.Do(func() {
		r.cleanup.Stop()
		r.free()
	})
}
