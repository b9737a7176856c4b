package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/model"
	"github.com/gannet-ml/gannet/sample"
)

// TestBrowser opens the page in a headless Chromium. It must show the hash that the model promises, and at a place between
// two seeds the hash of the picture that this program draws there.
func TestBrowser(t *testing.T) {
	if testing.Short() || runtime.GOARCH != "amd64" {
		t.Skip("builds a program and starts a browser")
	}
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		t.Skip("no Chromium here")
	}
	const file = "../../../testdata/small-int8.safetensors"
	dir := t.TempDir()
	if err := buildPage(dir, file); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()

	m, err := model.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	s, err := sample.New(m, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	var z [3][]int16
	for i := range z {
		z[i] = make([]int16, m.Meta.LatentDim)
	}
	m.DrawLatent(z[0], 3, 0)
	m.DrawLatent(z[1], 1<<40, 0)
	sample.Between(z[2], z[0], z[1], 100)
	pix := make([]uint8, s.Size())
	s.SampleLatents(pix, z[2])

	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	page := server.URL + "/#from=3&to=1099511627776&t=100"
	out, err := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(),
		"--virtual-time-budget=60000", "--dump-dom", page).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for id, want := range map[string]string{"all": m.Meta.Hashes[0].SHA256, "hash": sample.HashPixels(pix), "error": ""} {
		_, text, _ := strings.Cut(string(out), `id="`+id+`"`)
		_, text, _ = strings.Cut(text, ">")
		text, _, ok := strings.Cut(text, "<")
		if !ok || text != want {
			t.Errorf("%s is %q, want %q", id, text, want)
		}
	}
}
