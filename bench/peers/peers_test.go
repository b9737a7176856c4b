package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/bench/peers/internal/serve"
	"github.com/gannet-ml/gannet/kernels"
)

// TestMain makes this binary a rival too, one that answers with what it was asked.
func TestMain(m *testing.M) {
	if os.Getenv("PEERS_TEST_SERVE") == "" {
		os.Exit(m.Run())
	}
	fmt.Println(`{"name":"echo","version":"1.0"}`)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var q request
		switch err := json.Unmarshal(in.Bytes(), &q); {
		case err != nil:
			fmt.Printf("{\"error\":%q}\n", err)
		case q.Op == "end":
			return
		case q.Op != "f32":
			fmt.Println("not JSON")
		default:
			fmt.Printf(`{"median":%g,"best":%d,"calls":%d,"sum":%d}`+"\n", q.Seconds, q.M, q.K, q.N)
		}
	}
}

func TestProtocol(t *testing.T) {
	start := func() *serve.Peer {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PEERS_TEST_SERVE=1")
		var h hello
		p, err := serve.Start(cmd, &h)
		if err != nil {
			t.Fatal(err)
		}
		if h != (hello{"echo", "1.0"}) {
			t.Fatalf("greeted %+v", h)
		}
		return p
	}
	p := start()
	for n := range 3 {
		var a serve.Answer
		if err := p.Ask(request{Op: "f32", M: 2, K: 3, N: n, Seconds: 0.25}, &a); err != nil {
			t.Fatal(err)
		}
		if want := (serve.Answer{Median: 0.25, Best: 2, Calls: 3, Sum: float64(n)}); a != want {
			t.Fatalf("answered %+v, want %+v", a, want)
		}
	}
	var a serve.Answer
	if err := p.Ask(request{Op: "nonsense"}, &a); err == nil {
		t.Error("an answer that is not JSON was taken")
	}
	p.Close()
	p = start()
	if err := p.Ask(request{Op: "end"}, &a); err == nil {
		t.Error("the end of a rival went unnoticed")
	}
	p.Close()
}

// TestServers compiles each server whose library is here and compares what it computes with ours.
func TestServers(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles C")
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("no gcc: ", err)
	}
	pool := kernels.NewPool(1)
	defer pool.Close()
	for name, spec := range programs {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.Command("gcc", append([]string{"-shared", "-o", filepath.Join(t.TempDir(), "x")},
				spec[1:]...)...).Output(); err != nil {
				t.Skipf("gcc %s: %v", strings.Join(spec[1:], " "), err)
			}
			js := []job{gemmJob(3, 300, 17, false, false, false), gemmJob(5, 7, 16, true, false, false),
				gemmJob(5, 30, 33, false, true, true), gemmU8Job(3, 30, 17, false), gemmU8Job(5, 33, 16, true)}
			for _, role := range []kernels.ConvRole{kernels.ConvOut, kernels.ConvDX, kernels.ConvDW} {
				js = append(js, convJob(kernels.ConvShape{N: 2, H: 6, W: 8, Cin: 5, OH: 3, OW: 4, Cout: 7, KH: 4, KW: 4, StrideH: 2,
					StrideW: 2, PadH: 1, PadW: 1}, role))
			}
			for i := range js {
				js[i].rivals = slices.DeleteFunc(js[i].rivals, func(r rival) bool { return r.server != name })
			}
			s, err := newServers(js, "", kernels.Tier() != "avx512")
			if err != nil {
				t.Fatal(err)
			}
			defer s.close()
			for _, j := range js {
				if len(j.rivals) == 0 {
					continue
				}
				row, err := j.measure(s, pool, 1, 1e-3, false)
				if err != nil {
					t.Error(err)
				}
				for _, r := range j.rivals {
					if got := row.Rivals[r.label]; !(got.Seconds > 0) || !(got.Ratio > 0) {
						t.Errorf("%s: %s took %+v", &j, r.label, got)
					}
				}
			}
		})
	}
}

// TestGenerators compares ONNX Runtime's pictures with ours where make bench-peers has installed it.
func TestGenerators(t *testing.T) {
	const ort = "../../.peers"
	if testing.Short() {
		t.Skip("quantizes a generator")
	}
	if _, err := os.Stat(ort); err != nil {
		t.Skip("no ONNX Runtime: ", err)
	}
	js := generatorJobs()
	s, err := newServers(js, ort, false)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for _, j := range js {
		if row, err := j.measure(s, kernels.NewPool(1), 1, 1e-3, false); err != nil || len(row.Rivals) != len(j.rivals) {
			t.Errorf("%+v, %v", row, err)
		}
	}
}

// TestOnnx compares a model with the bytes that the format's description demands.
func TestOnnx(t *testing.T) {
	var m onnxModel
	m.constant("c", onnxU8, []byte{7, 8}, 2, 1)
	m.node("d", "Op", "out", "c", "c")
	m.value(12, "out", onnxU8, 300)
	m.nodeWith([]attribute{number("n", 5), ints("l", 6, 7)}, "", "Op", "o")
	want := "\x2a\x0d\x08\x02\x08\x01\x10\x02\x42\x01c\x4a\x02\x07\x08" + // initializer: dims 2, 1; type; name; data
		"\x0a\x12\x0a\x01c\x0a\x01c\x12\x03out\x22\x02Op\x3a\x01d" + // node: inputs, output, operation, domain
		"\x62\x1b\x0a\x03out\x12\x14\x0a\x12\x08\x02" + // output: type, [batch, 300]
		"\x12\x0e\x0a\x07\x12\x05batch\x0a\x03\x08\xac\x02" +
		"\x0a\x1f\x12\x01o\x22\x02Op" + // node: output, operation
		"\x2a\x08\x0a\x01n\x18\x05\xa0\x01\x02" + // attribute: name, number, its kind
		"\x2a\x0a\x0a\x01l\x40\x06\x40\x07\xa0\x01\x07" + // name, list, its kind
		"\x3a\x00"
	if got := string(m.graph); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestChecksum sees that results in other places, or a wrong one, change the sum.
func TestChecksum(t *testing.T) {
	c := []int32{5, -7, 9, 11}
	sum, abs := checksum(c)
	if sum != 5-14+27+44 || abs != 5+14+27+44 {
		t.Errorf("got %g, %g", sum, abs)
	}
	c[0], c[1] = c[1], c[0]
	if other, _ := checksum(c); other == sum {
		t.Error("two results changed places unnoticed")
	}
}

func TestTable(t *testing.T) {
	rep := newReport()
	row := Row{Kind: "f32", Shape: "2x3x4", Tier: "avx512", Threads: 1, Work: 48e9, Seconds: 1, Peak: 96e9,
		Date: "2026-01-01", Rivals: map[string]Rival{"B": {2, 2}, "A": {0.5, 0.5}}}
	rep.add(row)
	row.Shape, row.Rivals = "4x4x4", map[string]Rival{"B": {8, 8}, "A": {2, 2}}
	rep.add(row)
	row.Seconds = 2
	rep.add(row) // again: replaces
	rep.Versions["A"] = "1.0"
	text := rep.Markdown()
	for _, want := range []string{
		"A 1.0",
		"| shape | ours | A | B | fastest rival | ratio | of peak | measured |\n|---|---|---|---|---|---|---|---|\n",
		"| 2x3x4 | 48.0 | 96.0 | 24.0 | A | 0.50 **slower** | 50 % | 2026-01-01 |\n",
		"| 4x4x4 | 24.0 | 24.0 | 6.00 | A | 2.00 | 25 % | 2026-01-01 |\n",
		"| **ratio, geometric mean** | | 1.00 | 4.00 | | **1.00**, 1 of 2 slower | | |\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}

	rep.arrange([]job{{kind: "f32", shape: "4x4x4"}, {kind: "f32", shape: "2x3x4"}})
	if rep.Rows[0].Shape != "4x4x4" || len(rep.Rows) != 2 {
		t.Errorf("arranged: %v", rep.Rows)
	}
	text = rep.Markdown()
	base := filepath.Join(t.TempDir(), "peers")
	if err := rep.save(base); err != nil {
		t.Fatal(err)
	}
	again := newReport()
	if err := again.load(base + ".json"); err != nil {
		t.Fatal(err)
	}
	if got := again.Markdown(); got != text {
		t.Errorf("read back:\n%s\nwritten:\n%s", got, text)
	}
	again.CPU = "another"
	if err := again.load(base + ".json"); err == nil {
		t.Error("rows of another machine were taken")
	}
	if _, ratio := (Row{}).fastest(); !math.IsInf(ratio, 1) {
		t.Errorf("without rivals: %g", ratio)
	}
}
