// Command serve builds the page of examples/wasm and serves it to this machine:
//
//	go run ./examples/wasm/serve [MODEL]
//
// With -o FOLDER it writes the page there instead, for any server of static files.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	log.SetFlags(0)
	addr := flag.String("addr", "localhost:8080", "address to listen on")
	out := flag.String("o", "", "write the page into this folder and serve nothing")
	flag.Parse()
	model := "testdata/small-int8.safetensors"
	switch flag.NArg() {
	case 0:
	case 1:
		model = flag.Arg(0)
	default:
		fmt.Fprintln(os.Stderr, "serve: want one MODEL at most")
		os.Exit(2)
	}
	dir := *out
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "wasm"); err != nil {
			log.Fatal(err)
		}
		defer os.RemoveAll(dir)
	}
	if err := buildPage(dir, model); err != nil {
		log.Fatal("serve: ", err)
	}
	if *out != "" {
		return
	}
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal("serve: ", err)
	}
	fmt.Printf("http://%s/\n", l.Addr())
	if err := http.Serve(l, http.FileServer(http.Dir(dir))); err != nil && !errors.Is(err, http.ErrServerClosed) {
		log.Fatal("serve: ", err)
	}
}

// buildPage puts the page, its program, Go's script for such programs and the model into dir.
func buildPage(dir, model string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/gannet-ml/gannet").Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	page := filepath.Join(strings.TrimSpace(string(root)), "examples", "wasm")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(dir, "gannet.wasm"), page)
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	for from, to := range map[string]string{
		filepath.Join(page, "index.html"):                                               "index.html",
		filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec.js"): "wasm_exec.js",
		model: "model.safetensors",
	} {
		b, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, to), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
