//go:build !deberta_static

package deberta_test

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	deberta "github.com/libdeberta/libdeberta/bindings/go"
)

// inForeignLibrary is set where this test runs with a library whose binary interface is another.
const inForeignLibrary = "DEBERTA_TEST_FOREIGN_LIBRARY"

func TestLibraryWithAnotherInterfaceIsRefused(t *testing.T) {
	if os.Getenv(inForeignLibrary) != "" {
		const part = "version 7 of the binary interface, but this program was compiled for version 0"
		_, err := deberta.Open(ctx, bundledModel, nil)
		refused(t, err, deberta.CodeUnsupported, part)
		_, err = deberta.OpenTokenizer(bundledModel)
		refused(t, err, deberta.CodeUnsupported, part)
		_, err = deberta.InstructionSets()
		refused(t, err, deberta.CodeUnsupported, part)
		refused(t, deberta.SetLogger(slog.Default(), 0), deberta.CodeUnsupported, part)
		return
	}
	folder := t.TempDir()
	source, library := filepath.Join(folder, "foreign.c"), filepath.Join(folder, "libforeign.so")
	if err := os.WriteFile(source, []byte("unsigned deberta_abi_version(void) { return 7; }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command("gcc", "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	again := exec.Command(must(os.Executable())(t), "-test.run", "^"+t.Name()+"$")
	again.Env = append(os.Environ(), inForeignLibrary+"=1", "LD_PRELOAD="+library)
	if output, err := again.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, output)
	}
}
