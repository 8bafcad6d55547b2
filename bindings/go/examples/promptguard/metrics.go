package main

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// outcome is what became of a request.
type outcome int

const (
	outcomeAllowed outcome = iota
	outcomeRefused
	outcomeTooLarge
	outcomeInvalid
	outcomeTimeout
	outcomeCancelled
	outcomeFailed
	outcomes
)

var outcomeNames = [outcomes]string{"allowed", "refused", "too_large", "invalid", "timeout", "cancelled", "failed"}

// bounds are the upper ends of the buckets for times.
var bounds = [...]time.Duration{
	time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond,
	500 * time.Millisecond, time.Second, 5 * time.Second,
}

// metrics are served in the text format of Prometheus.
type metrics struct {
	requests [outcomes]atomic.Uint64
	// buckets count the times between two bounds; the last one those beyond all.
	buckets     [len(bounds) + 1]atomic.Uint64
	nanoseconds atomic.Uint64
}

func (m *metrics) count(o outcome) { m.requests[o].Add(1) }

func (m *metrics) observe(took time.Duration) {
	bucket := 0
	for bucket < len(bounds) && took > bounds[bucket] {
		bucket++
	}
	m.buckets[bucket].Add(1)
	m.nanoseconds.Add(uint64(took))
}

func (m *metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprintln(w, "# HELP promptguard_requests_total Requests by what became of them.")
	fmt.Fprintln(w, "# TYPE promptguard_requests_total counter")
	for o, name := range outcomeNames {
		fmt.Fprintf(w, "promptguard_requests_total{outcome=%q} %d\n", name, m.requests[o].Load())
	}
	fmt.Fprintln(w, "# HELP promptguard_scoring_seconds Time for scoring a request, waiting included.")
	fmt.Fprintln(w, "# TYPE promptguard_scoring_seconds histogram")
	total := uint64(0)
	for bucket, bound := range bounds {
		total += m.buckets[bucket].Load()
		fmt.Fprintf(w, "promptguard_scoring_seconds_bucket{le=\"%g\"} %d\n", bound.Seconds(), total)
	}
	total += m.buckets[len(bounds)].Load()
	fmt.Fprintf(w, "promptguard_scoring_seconds_bucket{le=\"+Inf\"} %d\n", total)
	fmt.Fprintf(w, "promptguard_scoring_seconds_sum %g\n", time.Duration(m.nanoseconds.Load()).Seconds())
	fmt.Fprintf(w, "promptguard_scoring_seconds_count %d\n", total)
}
