package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var load = flag.Duration("load", time.Second, "how long 8 clients send requests")

const (
	harmful  = "SELECT name, password FROM users WHERE id = 3 ORDER BY name;"
	harmless = "fn main() { println!(\"hello\"); }"
)

// service is the program on a port of its own.
type service struct {
	url   string
	stop  context.CancelFunc
	ended chan error
}

func defaults() settings {
	return settings{
		address: "127.0.0.1:0", model: "../../../../models/code-language", label: "sql", threshold: 0.5,
		maxBodyBytes: 64 << 10, timeout: 30 * time.Second, shutdown: 30 * time.Second, concurrency: 2, threads: 1,
	}
}

func start(t *testing.T, s settings) *service {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- run(ctx, s, func(found string) { address <- found }) }()
	select {
	case found := <-address:
		t.Cleanup(stop)
		return &service{"http://" + found, stop, ended}
	case err := <-ended:
		stop()
		t.Fatal(err)
		return nil
	}
}

func (s *service) post(t *testing.T, body string) (status int, text string) {
	t.Helper()
	response, err := http.Post(s.url, "text/plain", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer response.Body.Close()
	bytes, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response.StatusCode, string(bytes)
}

func (s *service) expect(t *testing.T, body string, status int, part string) {
	t.Helper()
	if found, text := s.post(t, body); found != status || !strings.Contains(text, part) {
		t.Errorf("%d: %q, expected %d", found, text, status)
	}
}

func (s *service) metrics(t *testing.T) string {
	t.Helper()
	response, err := http.Get(s.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestBodiesAreScored(t *testing.T) {
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "received: %s", body)
	}))
	defer behind.Close()
	s := defaults()
	s.upstream = behind.URL
	service := start(t, s)
	service.expect(t, harmless, http.StatusOK, "received: "+harmless)
	service.expect(t, harmful, http.StatusForbidden, "sql with a score of")
	// Somewhere in a long text.
	service.expect(t, strings.Repeat(harmless, 60)+strings.Repeat(harmful, 20), http.StatusForbidden, "sql")
	service.expect(t, strings.Repeat("x", 64<<10+1), http.StatusRequestEntityTooLarge, "65536 bytes")
	service.expect(t, "\xff", http.StatusBadRequest, "UTF-8")
	found := service.metrics(t)
	for _, line := range []string{
		`promptguard_requests_total{outcome="allowed"} 1`, `promptguard_requests_total{outcome="refused"} 2`,
		`promptguard_requests_total{outcome="too_large"} 1`, `promptguard_requests_total{outcome="invalid"} 1`,
		`promptguard_scoring_seconds_bucket{le="+Inf"} 4`, `promptguard_scoring_seconds_count 4`,
	} {
		if !strings.Contains(found, line+"\n") {
			t.Errorf("no %s in\n%s", line, found)
		}
	}
}

func TestScoringThatTakesTooLongIsRefused(t *testing.T) {
	s := defaults()
	s.timeout = time.Millisecond
	service := start(t, s)
	service.expect(t, strings.Repeat(harmless, 1000), http.StatusServiceUnavailable, "too long")
	if found := service.metrics(t); !strings.Contains(found, `{outcome="timeout"} 1`) {
		t.Errorf("metrics: %s", found)
	}
}

func TestClientThatLeavesIsNotScored(t *testing.T) {
	service := start(t, defaults())
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, service.url, strings.NewReader(strings.Repeat(harmless, 2000)))
	if err != nil {
		t.Fatal(err)
	}
	if response, err := http.DefaultClient.Do(request); err == nil {
		response.Body.Close()
		t.Fatal("the client did not leave")
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if strings.Contains(service.metrics(t), `{outcome="cancelled"} 1`) {
			return
		}
	}
	t.Errorf("metrics: %s", service.metrics(t))
}

func TestWrongSettingsAreRefused(t *testing.T) {
	for _, change := range []func(*settings){
		func(s *settings) { s.model = "no/such/folder" },
		func(s *settings) { s.label = "no such label" },
		func(s *settings) { s.upstream = "http://[" },
		func(s *settings) { s.address = "no address" },
	} {
		s := defaults()
		change(&s)
		if err := run(context.Background(), s, func(string) {}); err == nil {
			t.Errorf("%+v is accepted", s)
		}
	}
}

func TestRunningRequestsFinishWhenTheServiceEnds(t *testing.T) {
	service := start(t, defaults())
	done := make(chan int, 1)
	go func() {
		status, _ := service.post(t, strings.Repeat(harmless, 300))
		done <- status
	}()
	time.Sleep(50 * time.Millisecond)
	service.stop()
	if err := <-service.ended; err != nil {
		t.Error(err)
	}
	if status := <-done; status != http.StatusNoContent {
		t.Errorf("the running request was answered with %d", status)
	}
	if _, err := http.Get(service.url); err == nil {
		t.Error("the service still answers")
	}
}

func residentBytes(t *testing.T) int {
	t.Helper()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(string(bytes.Fields(statm)[1]))
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

func TestLoad(t *testing.T) {
	service := start(t, defaults())
	bodies := map[string]int{
		harmless: http.StatusNoContent, harmful: http.StatusForbidden, "": http.StatusNoContent,
		"\xff": http.StatusBadRequest, strings.Repeat(harmless, 10): http.StatusNoContent,
	}
	var requests atomic.Int64
	send := func(duration time.Duration) {
		var clients sync.WaitGroup
		for range 8 {
			clients.Add(1)
			go func() {
				defer clients.Done()
				for end := time.Now().Add(duration); time.Now().Before(end); {
					for body, status := range bodies {
						service.expect(t, body, status, "")
						requests.Add(1)
					}
				}
			}()
		}
		clients.Wait()
	}
	send(*load / 5)
	runtime.GC()
	warm := residentBytes(t)
	send(*load)
	runtime.GC()
	end := residentBytes(t)
	t.Logf("%d requests of 8 clients; memory: %d kB, then %d kB", requests.Load(), warm>>10, end>>10)
	if end-warm > 32<<20 {
		t.Errorf("memory has grown by %d kB", (end-warm)>>10)
	}
}
