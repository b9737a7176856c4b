package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/gan"
	"github.com/gannet-ml/gannet/kernels"
)

// command runs a command line and returns what it printed.
func command(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(context.Background(), args, &out, &err)
	return code, out.String(), err.String()
}

// everywhere are the hashes of seeds 0 to 63 of the small models: the same on every platform and tier.
var everywhere = map[string]string{
	"../../testdata/small-f32.safetensors":  "986eb467f304c8e137030fc07b015d54fa7166981e28d95bc02feb4021ac2a6c",
	"../../testdata/small-int8.safetensors": "3f836b5f8e2bbaebe62838f43e6549fb712f1d96e6ec805be8fa5c9111e42024",
}

func TestSameBitsEverywhere(t *testing.T) {
	for _, tier := range kernels.Tiers() {
		if !tier.Available {
			continue
		}
		restore, err := kernels.Force(tier.Name)
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range everywhere {
			for _, batch := range []string{"64", "7"} {
				code, out, msg := command("sample", path, "--seeds", "0-63", "--hash", "--batch", batch)
				if code != 0 || out != want+"\n" {
					t.Errorf("%s/%s, tier %s, %s: %q, want %s (%s)", runtime.GOOS, runtime.GOARCH, tier.Name, path, out, want, msg)
				}
			}
			if code, _, msg := command("verify", path); code != 0 {
				t.Errorf("verify %s: %s", path, msg)
			}
		}
		restore()
	}
}

// TestPresetsAreListed: the texts name every preset.
func TestPresetsAreListed(t *testing.T) {
	for path, quote := range map[string]string{"../../README.md": "`", "../../packaging/gannet.1": ""} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		words := strings.ReplaceAll(string(text), `\-`, "-")
		for _, name := range gan.Presets() {
			if !strings.Contains(words, quote+name+quote) {
				t.Errorf("%s does not name preset %s", path, name)
			}
		}
	}
}

func TestUsage(t *testing.T) {
	dir := t.TempDir()
	small := "../../testdata/small-int8.safetensors"
	junk := filepath.Join(dir, "junk")
	if err := os.WriteFile(junk, []byte("this is no model at all, but text"), 0o644); err != nil {
		t.Fatal(err)
	}
	reports := t.TempDir()
	oldReport, otherReport := filepath.Join(reports, "old"), filepath.Join(reports, "other")
	for path, text := range map[string]string{oldReport: `{"gannet_bench": 1}`, otherReport: `{"gannet_bench": 2, "rows": []}`} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"nonsense", 2, "unknown command"},
		{"train", 2, "--preset"},
		{"train --preset ring8 --outdir x --data y", 2, "--data"},
		{"train --preset dcgan64 --outdir x", 2, "--data"},
		{"train --preset nope --outdir " + dir, 2, "paper-mnist"},
		{"train --preset digits --outdir x --steps 1 --kimg 1", 2, "exclude"},
		{"train --preset digits --outdir x --steps 0", 2, "--steps 0"},
		{"train --preset digits --outdir x --kimg -3", 2, "--kimg"},
		{"train --preset digits --outdir x --kimg 1e12", 2, "2^40"},
		{"train --preset digits --outdir x --threads -1", 2, "--threads"},
		{"train --preset digits --outdir x --steps many", 2, "invalid argument"},
		{"train --preset digits --nope", 2, "unknown flag"},
		{"train --resume " + dir, 1, "holds no run"},
		{"train --resume " + dir + " --seed 3", 2, "--seed"},
		{"train --preset digits --outdir " + junk + "/run --steps 1", 1, junk},
		{"train --preset paper-mnist --outdir " + dir + "/r --data " + dir, 1, "no pictures"},
		{"sample", 2, "MODEL"},
		{"sample " + small, 2, "--out"},
		{"sample " + small + " --hash --seeds 5-3", 2, "5-3"},
		{"sample " + small + " --hash --seeds -1", 2, "--seeds"},
		{"sample " + small + " --hash --seeds 0-99999999", 2, "more than"},
		{"sample " + small + " --hash --seeds 0-18446744073709551615", 2, "more than"},
		{"sample " + small + " --hash --batch 0", 2, "--batch"},
		{"sample " + small + " --out " + dir + "/x.png --raw " + dir + " --seeds 0-1048575", 1, "pixels"},
		{"sample " + small + " --out " + dir, 1, "is a folder"},
		{"sample " + small + " --raw " + dir + "/none/x", 1, dir + "/none/x: "},
		{"sample " + dir + " --hash", 1, dir},
		{"inspect " + small + " --plan --batch 0", 2, "--batch"},
		{"inspect " + small + " --plan --json", 2, "exclude"},
		{"train --preset digits --outdir x --batch 1000000000", 2, "65536"},
		{"train --preset digits --outdir x --qat=9", 2, "--qat"},
		{"train --resume x --qat", 2, "--qat"},
		{"train --preset digits --outdir x --steps 18446744073709551615", 2, "2^40"},
		{"sample " + dir + "/none --hash", 1, "none"},
		{"sample " + junk + " --hash", 1, "not a safetensors"},
		{"sample " + small + " --out " + junk + "/x.png", 1, junk},
		{"verify " + junk, 1, junk},
		{"inspect " + junk, 1, junk},
		{"quantize " + small, 2, "-o"},
		{"quantize " + small + " -o " + dir + "/q", 1, small},
		{"quantize " + small + " -o x --samples 3", 2, "--samples"},
		{"quantize " + small + " -o x --range entropy", 2, "percentile"},
		{"quantize " + small + " -o x --weight-bits 9", 2, "--weight-bits"},
		{"quantize " + small + " -o x --psnr -1", 2, "--psnr"},
		{"quantize " + small + " -o x --cas", 2, "--data"},
		{"quantize " + small + " -o x --data digits --fid-change -1", 2, "--fid-change"},
		{"eval " + small, 2, "--metric"},
		{"eval " + small + " --metric fidelity", 2, "parzen"},
		{"eval " + small + " --metric fid,", 2, "parzen"},
		{"eval --metric fid", 2, "MODEL"},
		{"eval " + small + " --metric fid --samples 1", 2, "--samples"},
		{"eval " + small + " --train-features x", 2, "none"},
		{"eval " + small + " --metric stacked", 1, "three digits"},
		{"eval " + small + " --metric modes", 2, "mixture"},
		{"eval " + small + " --metric parzen --data " + dir, 1, "MNIST not found"},
		{"bench --filter no-such-kernel", 2, "no-such-kernel"},
		{"bench --filter no-such-kernel", 2, "gemm_u8"},
		{"bench --list --filter no-such-kernel", 2, "gemm_u8"},
		{"bench --threads 0", 2, "--threads"},
		{"bench a b", 2, "one MODEL"},
		{"bench --batch 3", 2, "MODEL"},
		{"bench " + small + " --filter gemm", 2, "--filter"},
		{"bench " + small + " --batch 0", 2, "--batch"},
		{"bench " + dir + "/none", 1, "none"},
		{"bench " + junk, 1, "not a safetensors"},
		{"bench --quick --filter add/ --roofline " + dir + "/no/x.png", 1, dir + "/no/x.png"},
		{"bench --fail-slower 3", 2, "--compare"},
		{"bench --fail-slower -3 --compare x", 2, "--fail-slower"},
		{"bench --fail-slower NaN --compare x", 2, "--fail-slower"},
		{"bench --compare " + dir + "/none", 1, dir + "/none: "},
		{"bench --compare " + dir, 1, dir},
		{"bench --compare " + junk, 1, junk + ": not a report"},
		{"bench --compare " + oldReport, 1, "format 1"},
		{"bench --quick --filter add/ --compare " + otherReport, 1, "no row in common"},
		{"demo extra", 2, "none"},
		{"export " + dir, 2, "-o"},
		{"export " + dir + " --to jax -o x", 2, "--to"},
		{"export " + dir + " -o x", 1, "holds no run"},
		{"import " + junk, 2, "--outdir"},
		{"import " + junk + " --outdir " + dir, 1, "holds no run"},
		{"sign " + small, 2, "--key"},
		{"sign " + small + " --key " + dir + "/none", 1, dir + "/none"},
		{"sign " + small + " --key " + junk, 1, junk + ": not a key"},
		{"verify " + small + " --require-signature " + junk, 1, junk + ": not a key"},
		{"keygen", 2, "KEY"},
		{"keygen " + dir + "/none/key", 1, dir + "/none/key"},
		{"pack " + small, 2, "-o"},
		{"pack " + small + " -o " + dir + "/p", 2, "--zstd"},
		{"pack " + small + " -o " + dir + "/p --tier fast", 2, "available: "},
		{"pack " + small + " -o " + dir + "/p --zstd --max-memory 1k", 1, "1024 B"},
		{"pack " + junk + " -o " + dir + "/p --zstd", 1, "not a safetensors"},
		{"pack " + dir + " -o " + dir + "/p --zstd", 1, "not a regular file"},
		{"train --preset digits --outdir x --size 8", 2, "--size"},
		{"train --preset digits --outdir x --channels 5", 2, "--channels"},
		{"train --preset digits --outdir x --data-cache -1", 2, "--data-cache"},
		{"train --preset digits --outdir " + dir + "/r --data " + dir + "/none", 1, dir + "/none: "},
		{"train --preset digits --outdir " + dir + "/r --data " + junk, 1, "none of a folder"},
	} {
		code, _, msg := command(strings.Fields(c.args)...)
		if at := strings.LastIndex(msg, "\ngannet: "); at >= 0 && strings.HasPrefix(c.args, "bench --quick") {
			msg = msg[at+1:] // on a slow machine a line of progress comes first
		}
		if code != c.code || !strings.Contains(msg, c.want) || !strings.HasPrefix(msg, "gannet: ") || strings.Count(msg, "\n") != 1 {
			t.Errorf("gannet %s: exit %d, %q; want %d and one line with %q", c.args, code, msg, c.code, c.want)
		}
	}
	if code, _, msg := command("inspect", dir+"/no\nsuch\n\tmodel"); code != 1 || strings.Count(msg, "\n") != 1 {
		t.Errorf("a name of three lines: exit %d, %q", code, msg)
	}
	for _, sub := range newRoot().Commands() {
		if sub.Name() != "help" && !strings.Contains(sub.Example, "gannet "+sub.Name()) {
			t.Errorf("gannet %s --help shows no example", sub.Name())
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("failed commands left something behind: %v", entries)
	}
}

// failing is standard output on a full disk.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestSample(t *testing.T) {
	small, dir := "../../testdata/small-int8.safetensors", t.TempDir()
	raw := filepath.Join(dir, "raw")
	code, hash, msg := command("sample", small, "--seeds", "18446744073709551615,3,0-9", "--batch", "5", "--raw", raw, "--hash")
	if code != 0 {
		t.Fatal(msg)
	}
	pix, err := os.ReadFile(raw)
	if err != nil || len(pix) != 12*784 || fmt.Sprintf("%x\n", sha256.Sum256(pix)) != hash {
		t.Errorf("%d bytes with another hash than %s, %v", len(pix), hash, err)
	}
	if code, _, _ := command("sample", small, "--seeds", "3", "--raw", raw); code != 0 {
		t.Errorf("exit %d", code)
	}
	if one, _ := os.ReadFile(raw); !bytes.Equal(one, pix[784:2*784]) {
		t.Error("seed 3 is another picture in other company")
	}
	var stderr bytes.Buffer
	if code := run(context.Background(), []string{"sample", small, "--hash"}, failing{}, &stderr); code != 1 ||
		stderr.String() != "gannet: standard output: no space\n" {
		t.Errorf("output that cannot be written: exit %d, %q", code, &stderr)
	}
	code, out, msg := command("inspect", small, "--json")
	var info struct {
		Meta    struct{ Quantized bool }
		Tensors []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(out), &info); code != 0 || err != nil || !info.Meta.Quantized || len(info.Tensors) != 13 {
		t.Errorf("inspect --json: %v, %s%s", err, msg, out)
	}
	if runtime.GOOS == "linux" {
		if code, _, msg := command("sample", small, "--raw", "/dev/null"); code != 0 {
			t.Error(msg)
		}
		if info, err := os.Stat("/dev/null"); err != nil || info.Mode().IsRegular() {
			t.Fatal("/dev/null became a file")
		}
	}
}

func TestBadISA(t *testing.T) {
	if runtime.GOOS == "wasip1" || runtime.GOOS == "js" {
		t.Skip("starts a process")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestBadISAProcess$")
	cmd.Env = append(os.Environ(), "GANNET_ISA=nonsense", "GANNET_TEST_CHILD=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("cannot start itself: %v", err)
	} else if !strings.Contains(string(out), `exit 2: gannet: GANNET_ISA=nonsense: tier "nonsense" is not available`) ||
		!strings.Contains(string(out), "generic") {
		t.Errorf("%s", out)
	}
}

func TestBadISAProcess(t *testing.T) {
	if os.Getenv("GANNET_TEST_CHILD") == "" {
		t.Skip("for TestBadISA")
	}
	code, _, msg := command("bench", "--tiers")
	fmt.Printf("exit %d: %s", code, msg)
}

// TestPipeline is the main job in small: train, resume, quantize, sample, verify, inspect.
func TestPipeline(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for seconds")
	}
	dir := t.TempDir()
	runDir, q := filepath.Join(dir, "run"), filepath.Join(dir, "q.safetensors")
	model := filepath.Join(runDir, "generator.safetensors")
	for _, args := range [][]string{
		{"train", "--preset", "digits", "--outdir", runDir, "--steps", "20", "--batch", "8", "--tick", "5", "--snap", "10"},
		{"train", "--resume", runDir, "--steps", "30"},
		{"quantize", model, "-o", q, "--samples", "64"},
		{"verify", model}, {"verify", q},
		{"inspect", q, "--plan"},
		{"sample", q, "--out", filepath.Join(dir, "s.png"), "--outdir", filepath.Join(dir, "pics"), "--raw", filepath.Join(dir, "raw"), "--seeds", "3,5-6"},
		{"bench", "--tiers"}, {"bench", "--tiers", "--json"},
		{"bench", "--filter", "gemm/1x100x1200", "--json", "--quick"}, {"bench", "--list", "--filter", "gemm"},
		{"bench", q, "--quick", "--batch", "8"}, {"bench", model, "--quick", "--roofline", filepath.Join(dir, "roof.png")},
	} {
		if code, _, msg := command(args...); code != 0 {
			t.Fatalf("gannet %v: exit %d: %s", args, code, msg)
		}
	}
	page, missed := filepath.Join(dir, "page.html"), filepath.Join(dir, "missed.safetensors")
	code, out, msg := command("quantize", model, "-o", missed, "--samples", "64", "--psnr", "60", "--report", page)
	if code != 1 || !strings.Contains(msg, "missed.safetensors is not written: PSNR is ") || !strings.Contains(out, "what costs most") {
		t.Errorf("a missed gate: exit %d, %s%s", code, out, msg)
	}
	if _, err := os.Stat(missed); err == nil {
		t.Error("a model that missed the gate is written")
	}
	if b, err := os.ReadFile(page); err != nil || !bytes.Contains(b, []byte("The gate is missed")) {
		t.Errorf("page: %v", err)
	}
	for _, args := range [][]string{{"--no-gate", "--psnr", "60"}, {"--search", "--psnr", "38"}, {"--keep", "G.0.weight", "--psnr", "0"}} {
		code, out, msg := command(append([]string{"quantize", model, "-o", q, "--samples", "64", "--weight-bits", "3"}, args...)...)
		if code != 0 || strings.Contains(out, "the gate is missed: PSNR is ") != (args[0] == "--no-gate") {
			t.Errorf("%v: exit %d, %s%s", args, code, out, msg)
		}
	}
	if code, out, _ := command("inspect", q, "--json"); code != 0 || !strings.Contains(out, `"quality":{"psnr_db":`) || !strings.Contains(out, `"kept":["G.0.weight"]`) {
		t.Errorf("inspect: exit %d, %s", code, out)
	}
	if info, err := os.Stat(filepath.Join(dir, "raw")); err != nil || info.Size() != 3*784 {
		t.Errorf("raw: %v, %v", info, err)
	}
	if pics, _ := os.ReadDir(filepath.Join(dir, "pics")); len(pics) != 3 {
		t.Errorf("%d pictures, want 3", len(pics))
	}
	log, _ := os.ReadFile(filepath.Join(runDir, "log.jsonl"))
	if n := bytes.Count(log, []byte("\n")); n != 6 || !bytes.Contains(log, []byte(`"loss_D"`)) {
		t.Errorf("%d lines in the log, want 6:\n%s", n, log)
	}
	if code, _, msg := command("train", "--preset", "digits", "--outdir", runDir); code != 1 || !strings.Contains(msg, "--resume") {
		t.Errorf("training into a used folder: exit %d, %s", code, msg)
	}
	before, _ := os.ReadFile(filepath.Join(runDir, "training_options.json"))
	if code, _, msg := command("train", "--resume", runDir, "--steps", "29"); code != 1 || !strings.Contains(msg, "30 steps already") {
		t.Errorf("resuming to an earlier step: exit %d, %s", code, msg)
	}
	if after, _ := os.ReadFile(filepath.Join(runDir, "training_options.json")); !bytes.Equal(before, after) {
		t.Error("a refused resume changed the options")
	}
}

// TestAlarmExit: a preset of one's own that cannot work is stopped with exit code 3, one line, and a checkpoint.
func TestAlarmExit(t *testing.T) {
	if testing.Short() && kernels.Tier() == "generic" {
		t.Skip("takes minutes without assembly")
	}
	dir := t.TempDir()
	mine := filepath.Join(dir, "mine.json")
	code, out, msg := command("train", "--preset", "ring8", "--print-preset")
	if code != 0 {
		t.Fatal(msg)
	}
	out = strings.Replace(strings.ReplaceAll(out, `"lr": 0.002`, `"lr": 0.5`), `"relativistic"`, `"non-saturating"`, 1)
	if err := os.WriteFile(mine, []byte(out), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"train", "--preset", mine, "--outdir", filepath.Join(dir, "run"), "--steps", "200", "--batch", "32"}
	code, _, msg = command(args...)
	if code != 3 || !strings.Contains(msg, "gannet: oscillation at step ") {
		t.Errorf("exit %d, %q; want 3 and an oscillation", code, msg)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "run", "checkpoint-*")); len(names) == 0 {
		t.Error("no checkpoint")
	}
	args[4] = filepath.Join(dir, "on")
	if code, _, msg = command(append(args, "--keep-going")...); code != 0 || !strings.Contains(msg, "oscillation at step ") {
		t.Errorf("kept going: exit %d, %q", code, msg)
	}
}

// TestSIGTERM ends a run as a service manager does: it must save and say how to go on.
func TestSIGTERM(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("builds the command, and needs signals")
	}
	dir := t.TempDir()
	bin, runDir := filepath.Join(dir, "gannet"), filepath.Join(dir, "run")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(bin, "train", "--preset", "digits", "--outdir", runDir, "--batch", "4", "--tick", "1")
	var out, msg bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &msg
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if log, _ := os.ReadFile(filepath.Join(runDir, "log.jsonl")); len(log) > 0 {
			break
		}
		if time.Since(start) > time.Minute {
			t.Fatal("no line of the log after a minute")
		}
	}
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), "stopped at step") {
		t.Errorf("%v, %q, %q", err, &out, &msg)
	}
}

// TestKilledRuns kills a run with SIGKILL twenty times at random moments and resumes it, each time on another tier and
// number of threads. The weights must come out as those of an undisturbed run, byte for byte.
func TestKilledRuns(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("runs for tens of seconds, and needs SIGKILL")
	}
	dir := t.TempDir()
	bin := filepath.Join(dir, "gannet")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	args := func(run string) []string {
		return []string{"train", "--preset", "digits", "--outdir", run, "--steps", "400", "--batch", "16", "--tick", "10", "--snap", "10"}
	}
	whole, torn := filepath.Join(dir, "whole"), filepath.Join(dir, "torn")
	if out, err := exec.Command(bin, args(whole)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var tiers []string
	for _, ti := range kernels.Tiers() {
		if ti.Available && ti.Name != "generic" { // which would take minutes
			tiers = append(tiers, ti.Name)
		}
	}
	if len(tiers) == 0 {
		t.Skip("only the generic tier")
	}
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	kills := 0
	for session := 0; ; session++ {
		a := args(torn)
		if _, err := os.Stat(filepath.Join(torn, "training_options.json")); err == nil {
			a = []string{"train", "--resume", torn}
		}
		cmd := exec.Command(bin, append(a, "--threads", []string{"1", "2"}[session%2])...)
		cmd.Env = append(os.Environ(), "GANNET_ISA="+tiers[session%len(tiers)])
		var msg bytes.Buffer
		cmd.Stderr = &msg
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if kills < 20 {
			time.Sleep(time.Duration(r.IntN(600)) * time.Millisecond)
			cmd.Process.Kill()
			kills++
		}
		if err := cmd.Wait(); err == nil && kills == 20 {
			break
		} else if err != nil && kills == 20 && !strings.Contains(err.Error(), "killed") {
			t.Fatalf("session %d: %v: %s", session, err, &msg)
		}
		if session > 40 {
			t.Fatal("the run does not end")
		}
	}
	a, err := os.ReadFile(filepath.Join(whole, "generator.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(torn, "generator.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("after twenty kills the run ends with other weights")
	}
	ca, _ := os.ReadFile(filepath.Join(whole, "checkpoint-000000000400.safetensors"))
	cb, _ := os.ReadFile(filepath.Join(torn, "checkpoint-000000000400.safetensors"))
	const tensors = 16 << 10 // beyond the header, which holds the seconds
	if len(ca) < tensors || !bytes.Equal(ca[len(ca)-len(ca)/2:], cb[len(cb)-len(ca)/2:]) {
		t.Error("after twenty kills the run ends with another optimizer state")
	}
}
