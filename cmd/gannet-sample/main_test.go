package main

import (
	"bytes"
	"errors"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/kernels"
)

const (
	small    = "../../testdata/small-int8.safetensors"
	smallF32 = "../../testdata/small-f32.safetensors"
)

// everywhere are the hashes of seeds 0 to 63: the same on every platform and tier.
var everywhere = map[string]string{
	smallF32: "986eb467f304c8e137030fc07b015d54fa7166981e28d95bc02feb4021ac2a6c",
	small:    "3f836b5f8e2bbaebe62838f43e6549fb712f1d96e6ec805be8fa5c9111e42024",
}

// command runs a command line and returns what it printed.
func command(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(args, &out, &err)
	return code, out.String(), err.String()
}

func TestSameBits(t *testing.T) {
	for _, tier := range kernels.Tiers() {
		if !tier.Available {
			continue
		}
		restore, err := kernels.Force(tier.Name)
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range everywhere {
			if code, out, msg := command("sample", "--hash", path, "--seeds=0-63"); code != 0 || out != want+"\n" {
				t.Errorf("%s/%s, tier %s, %s: %q, want %s (%s)", runtime.GOOS, runtime.GOARCH, tier.Name, path, out, want, msg)
			}
			if code, out, msg := command("verify", path); code != 0 || !strings.Contains(out, want) {
				t.Errorf("verify %s: %s%s", path, out, msg)
			}
		}
		restore()
	}
}

func TestUsage(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"nonsense", 2, "unknown command"},
		{"sample", 2, "0 arguments, want MODEL"},
		{"sample a b --hash", 2, "2 arguments"},
		{"sample " + small + " --nope", 2, "nope"},
		{"sample " + small + " --batch x", 2, "batch"},
		{"sample " + small, 2, "--out"},
		{"sample " + small + " --hash --seeds 5-3", 2, "5-3"},
		{"sample " + small + " --hash --batch 0", 2, "--batch"},
		{"sample " + small + " --hash --max-memory much", 2, "64M"},
		{"sample " + small + " --hash --max-memory -1", 2, "64M"},
		{"sample " + small + " --hash --max-memory B", 2, "64M"},
		{"sample " + small + " --hash --max-memory 1M", 1, small + ": needs "},
		{"sample " + small + " --out " + dir + "/x.png --max-memory 1M --seeds 0-9999", 1, "allows 1.0 MiB"},
		{"verify " + small + " --max-memory 64k", 1, "allows 64.0 KiB"},
		{"inspect " + small + " --plan --max-memory 1MiB", 1, "--max-memory allows"},
		{"inspect " + small + " --plan --json", 2, "exclude"},
		{"inspect " + small + " --threads -1", 2, "--threads"},
		{"bench " + small + " --max-memory 2M", 1, "--max-memory allows"},
		{"bench " + small + " --batch 0", 2, "--batch"},
		{"bench " + small + " --threads 0", 2, "--threads"},
		{"sample -- --hash --hash", 2, "2 arguments"},
		{"verify -- --none", 1, "--none"},
	} {
		code, _, msg := command(strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(msg, c.want) || !strings.HasPrefix(msg, "gannet-sample: ") || strings.Count(msg, "\n") != 1 {
			t.Errorf("gannet-sample %s: exit %d, %q; want %d and one line with %q", c.args, code, msg, c.code, c.want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("failed commands left %v", left)
	}
	for _, args := range []string{"", "--help", "sample --help", "verify -h", "inspect --help", "bench --help", "--version"} {
		code, out, msg := command(strings.Fields(args)...)
		if code != 0 || msg != "" || !strings.Contains(out, "gannet-sample") || strings.Contains(out, "gannet sample") {
			t.Errorf("gannet-sample %s: exit %d, %s%s", args, code, out, msg)
		}
	}
	var stderr bytes.Buffer
	if code := run([]string{"sample", small, "--hash"}, fullDisk{}, &stderr); code != 1 || !strings.Contains(stderr.String(), "no space") {
		t.Errorf("output that cannot be written: exit %d, %q", code, &stderr)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestPictures(t *testing.T) {
	dir := t.TempDir()
	sheet, pics := filepath.Join(dir, "s.png"), filepath.Join(dir, "pics")
	if code, _, msg := command("sample", small, "--seeds", "0-3", "--out", sheet, "--outdir", pics, "--max-memory", "64M"); code != 0 {
		t.Fatal(msg)
	}
	for path, wide := range map[string]int{sheet: 2*(3*28+2) + 2, filepath.Join(pics, "seed000003.png"): 28} {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(f)
		f.Close()
		if err != nil || img.Bounds().Dx() != wide || img.Bounds().Dy() != wide {
			t.Errorf("%s: %v, %v", path, img, err)
		}
	}
	code, out, msg := command("inspect", small, "--plan", "--batch", "16")
	for _, want := range []string{"QDot", "weights (", "packed copies", "arena", "peak"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("inspect --plan lacks %q: %s%s", want, out, msg)
		}
	}
	if code, out, msg := command("bench", small, "--quick", "--batch", "4"); code != 0 || !strings.Contains(out, "first picture after") ||
		!strings.Contains(out, "batch 64") || !strings.Contains(out, "QDot") {
		t.Errorf("bench: %s%s", out, msg)
	}
	if code, out, msg := command("bench", small, "--quick", "--json"); code != 0 || !strings.Contains(out, `"first_seconds"`) {
		t.Errorf("bench: %s%s", out, msg)
	}
}

// shipped is where build puts programs.
var shipped string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "gannet-sample")
	if err != nil {
		panic(err)
	}
	shipped = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// build compiles the command as it is shipped, once, for Linux.
func build(t *testing.T, goarch string) string {
	t.Helper()
	if testing.Short() || runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("builds programs")
	}
	bin := filepath.Join(shipped, goarch)
	if _, err := os.Stat(bin); err == nil {
		return bin
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+goarch)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return bin
}

// TestBoardBinary: on a board the program is at most 4 MB and has no code but the standard library's, x/sys and ours.
func TestBoardBinary(t *testing.T) {
	bin := build(t, "arm64")
	if info, err := os.Stat(bin); err != nil || info.Size() > 4e6 {
		t.Errorf("%d bytes, want at most 4,000,000 (%v)", info.Size(), err)
	}
	for _, arch := range []string{"arm64", "arm"} {
		cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, module := range strings.Fields(string(out)) {
			if module != "github.com/gannet-ml/gannet" && module != "golang.org/x/sys" {
				t.Errorf("on %s the program needs the module %s", arch, module)
			}
		}
	}
}

// TestFirstPicture starts the program as a board does and reads one picture: soon, in little memory, and in no more than
// was said beforehand. The bounds are loose; README has what was measured.
func TestFirstPicture(t *testing.T) {
	bin := build(t, runtime.GOARCH)
	for _, model := range []string{small, smallF32} {
		best, resident := time.Hour, int64(0)
		for range 5 {
			cmd := exec.Command(bin, "sample", model, "--seeds", "0", "--raw", "/dev/stdout")
			began := time.Now()
			out, err := cmd.Output()
			best = min(best, time.Since(began))
			if err != nil || len(out) != 784 {
				t.Fatalf("%d bytes, %v", len(out), err)
			}
		}
		out, err := exec.Command(bin, "bench", model, "--quick").Output()
		resident = int64(1024 * kibibytes(t, `peak memory ([\d.]+) (.)iB then`, out))
		if err != nil || best > 300*time.Millisecond || resident < 1<<20 || resident > 12<<20 {
			t.Errorf("%s: first picture after %v, %d bytes resident (%v)", model, best, resident, err)
		}
		t.Logf("%s: first picture after %v, %.1f MiB resident", model, best, float64(resident)/(1<<20))
		if out, err := exec.Command(bin, "sample", model, "--hash", "--max-memory", "12M").CombinedOutput(); err != nil {
			t.Errorf("%s: %s", model, out)
		}
	}
}

// TestReadmeTable: README's table of platforms has a line for every tier of this one, and the hashes are what is drawn here.
func TestReadmeTable(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(readme), "<!-- platforms: ")
	table, _, ok := strings.Cut(table, "<!-- platforms -->")
	if !ok {
		t.Fatal("README.md has no table of platforms")
	}
	here := runtime.GOOS + "/" + runtime.GOARCH
	rows := map[string][]string{}
	for line := range strings.Lines(table) {
		if f := strings.Split(line, "|"); len(f) > 5 && strings.Contains(f[1], "/") && !strings.Contains(f[2], "not run") {
			name, _, _ := strings.Cut(strings.Fields(f[1])[0], ",")
			rows[name+" "+strings.TrimSpace(f[3])] = []string{strings.Trim(f[4], " `"), strings.Trim(f[5], " `")}
		}
	}
	if len(rows) < 10 {
		t.Errorf("%d platforms and tiers, want at least 10", len(rows))
	}
	for name, hashes := range rows {
		if hashes[0] != everywhere[small][:16] || hashes[1] != everywhere[smallF32][:16] {
			t.Errorf("%s: %v", name, hashes)
		}
	}
	for _, tier := range kernels.Tiers() {
		if _, ok := rows[here+" "+tier.Name]; tier.Available && !ok && rows[here+" generic"] != nil {
			t.Errorf("README has no line for %s, tier %s: run make platforms", here, tier.Name)
		}
	}
}
