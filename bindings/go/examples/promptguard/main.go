// Promptguard is an HTTP service in front of another: it reads the body of each request with a classifier, and refuses
// those that are likely to be what a label stands for, as prompt injection.
//
//	promptguard -model models/code-language -label sql -threshold 0.8 -upstream http://127.0.0.1:9000
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

// settings are what the command line says.
type settings struct {
	address, model, label, upstream string
	threshold                       float64
	maxBodyBytes                    int64
	timeout, shutdown               time.Duration
	concurrency, threads            int
}

func main() {
	var s settings
	flag.StringVar(&s.address, "address", "127.0.0.1:8080", "where to listen")
	flag.StringVar(&s.model, "model", "", "folder or name of a sequence classification model")
	flag.StringVar(&s.label, "label", "", "the label that is refused")
	flag.StringVar(&s.upstream, "upstream", "", "URL of the service behind; without, requests are answered with 204")
	flag.Float64Var(&s.threshold, "threshold", 0.5, "the score from which on a request is refused")
	flag.Int64Var(&s.maxBodyBytes, "max-body", 64<<10, "most bytes that a body may have")
	flag.DurationVar(&s.timeout, "timeout", 5*time.Second, "time for scoring a request")
	flag.DurationVar(&s.shutdown, "shutdown", 10*time.Second, "time for requests that are running when the service ends")
	flag.IntVar(&s.concurrency, "concurrency", 4, "most requests that are scored at once")
	flag.IntVar(&s.threads, "threads", 0, "threads for one request; 0 for one for each processor")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, s, func(address string) { slog.Info("listening", "address", address) }); err != nil {
		slog.Error("promptguard ended", "error", err)
		os.Exit(1)
	}
}

// run serves until the context ends, then lets running requests finish. It calls listening once it accepts connections.
func run(ctx context.Context, s settings, listening func(address string)) error {
	model, err := deberta.FromPreset(ctx, s.model, &deberta.OpenOptions{Threads: s.threads})
	if err != nil {
		return err
	}
	// After the server has ended, so that no request uses the model any more.
	defer model.Close()
	behind, err := upstream(s.upstream)
	if err != nil {
		return err
	}
	guard, err := newGuard(model, s)
	if err != nil {
		return err
	}
	routes := http.NewServeMux()
	routes.Handle("/", guard.middleware(behind))
	routes.Handle("GET /metrics", &guard.metrics)
	routes.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	server := &http.Server{Handler: routes, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second}
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	listening(listener.Addr().String())

	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.Background(), s.shutdown)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}

func upstream(address string) (http.Handler, error) {
	if address == "" {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), nil
	}
	target, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return httputil.NewSingleHostReverseProxy(target), nil
}
