// Command armreport predicts how fast the kernels for ARM are, without an ARM machine: it takes their inner loops out of a
// binary, asks llvm-mca what a core makes of them, and counts under qemu how many instructions whole calls take, ours and
// OpenBLAS's.
//
//	apt-get install llvm-19 qemu-user gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross
//	go run ./bench/armreport -out docs/results/arm.md
//
// What a tool that is missing would have told is left out, and the report says so. The exit code is 1 if a target is missed.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
)

// core is a CPU that llvm-mca may know.
type core struct {
	name string
	has  string // what it has beyond ARMv8.0
}

var cores = []core{{"cortex-a57", ""}, {"cortex-a72", ""}, {"neoverse-n1", "dot"}, {"neoverse-n2", "dot i8mm"},
	{"neoverse-v1", "dot i8mm"}, {"cortex-a510", "dot i8mm"}}

// row is an inner loop of the report.
type row struct {
	label        string
	function     string
	multiplyAdds int      // of the loop, which tells it from others; 0: the loop with the most
	needs        string   // of a core
	most         float64  // instructions for a multiply-add that the loop may have, or 0: any number
	target       []string // cores on which 95 % of the peak is asked for
}

var rows = []row{
	{"GEMM 8x12", "GemmF32_8x12_NEON", 384, "", 0.30, []string{"cortex-a57", "cortex-a72", "neoverse-n1"}},
	{"GEMM 8x8", "GemmF32_8x12_NEON", 256, "", 0.30, []string{"cortex-a57", "cortex-a72", "neoverse-n1"}},
	{"GEMM, the last 7 rows", "GemmF32_8x12_NEON", 168, "", 0, nil},
	{"GEMM, the last row", "GemmF32_8x12_NEON", 24, "", 0, nil},
	{"a vector times a matrix", "GemvF32_NEON", 64, "", 0, nil},
	{"convolution 8x8, channels side by side", "ConvF32_8x8_NEON", 256, "", 0, nil},
	{"convolution 8x8, gradient to the weights", "ConvF32_8x8_NEON", 128, "", 0, nil},
	{"convolution 8x8, single elements", "ConvF32_8x8_NEON", 64, "", 0, nil},
	{"convolution 8x4, channels side by side", "ConvF32_8x4_NEON", 128, "", 0, nil},
	{"convolution of 4 channels", "ConvThinF32_4x4_NEON", 64, "", 0, nil},
	{"convolution of 3 channels", "ConvThinF32_8x3_NEON", 96, "", 0, nil},
	{"convolution of 2 channels", "ConvThinF32_8x2_NEON", 64, "", 0, nil},
	{"convolution of one channel", "ConvThinF32_8x1_NEON", 32, "", 0, nil},
	{"convolution, depthwise", "ConvDepthF32_8x8_NEON", 64, "", 0, nil},
	{"int8, neon 4x4", "GemmU8S8_4x4_NEON", 0, "", 0, nil},
	{"int8, neon, one row", "GemmU8S8_1x4_NEON", 0, "", 0, nil},
	{"int8, neondot 8x12", "GemmU8S8_8x12_NEONDOT", 0, "dot", 0, []string{"neoverse-n1"}},
	{"int8, neondot 8x8", "GemmU8S8_8x8_NEONDOT", 0, "dot", 0, nil},
	{"int8, neondot, one row", "GemmU8S8_1x12_NEONDOT", 0, "dot", 0, nil},
	{"int8, neoni8mm 8x12", "GemmU8S8_8x12_NEONI8MM", 0, "i8mm", 0, []string{"neoverse-n2"}},
	{"int8, neoni8mm 8x8", "GemmU8S8_8x8_NEONI8MM", 0, "i8mm", 0, nil},
	{"int8, neoni8mm, one row", "GemmU8S8_1x12_NEONI8MM", 0, "i8mm", 0, nil},
}

// call is a whole call whose instructions are counted.
type call struct {
	label        string
	cpu          string // for qemu
	args         string // of the probe
	multiplyAdds float64
	blas         string  // sizes of OpenBLAS's product, or ""
	most         float64 // instructions for a multiply-add, or 0: any number
}

var calls = []call{
	{"f32 256x256x256", "cortex-a72", "gemm 256 256 256", 256 * 256 * 256, "256 256 256", 0.33},
	{"f32 256x256x256, B packed beforehand", "cortex-a72", "packed 256 256 256", 256 * 256 * 256, "", 0},
	{"f32 64x1200x100", "cortex-a72", "gemm 64 1200 100", 64 * 1200 * 100, "64 1200 100", 0},
	{"f32 100x101x102", "cortex-a72", "gemm 100 101 102", 100 * 101 * 102, "100 101 102", 0},
	{"f32 8x1200x256", "cortex-a72", "gemm 8 1200 256", 8 * 1200 * 256, "8 1200 256", 0},
	{"f32 5x1200x256", "cortex-a72", "gemm 5 1200 256", 5 * 1200 * 256, "5 1200 256", 0},
	{"f32 1x1200x256", "cortex-a72", "gemm 1 1200 256", 1200 * 256, "1 1200 256", 0},
	{"convolution 16x16x32 to 8x8x64, 4x4 stride 2", "cortex-a72", "out 4 16 32 64 4 2 1", 4 * 900 * 32 * 64, "", 0},
	{"its gradient to the data", "cortex-a72", "dx 4 16 32 64 4 2 1", 4 * 900 * 32 * 64, "", 0},
	{"its gradient to the weights", "cortex-a72", "dw 4 16 32 64 4 2 1", 4 * 900 * 32 * 64, "", 0},
	{"transposed convolution 16x16x64 to 32x32x3", "cortex-a72", "dx 2 32 3 64 4 2 1", 2 * 3844 * 3 * 64, "", 0},
	{"int8 256x256x256, neon", "cortex-a72", "gemm_u8 256 256 256", 256 * 256 * 256, "", 0},
	{"int8 256x256x256, neondot", "cortex-a76", "gemm_u8 256 256 256", 256 * 256 * 256, "", 0},
	{"int8 256x256x256, neoni8mm", "max", "gemm_u8 256 256 256", 256 * 256 * 256, "", 0},
}

var blasCores = []string{"CORTEXA72", "NEOVERSEN1", "CORTEXA53"}

func main() {
	log.SetFlags(0)
	log.SetPrefix("armreport: ")
	out := flag.String("out", "", "the file to write, or the terminal")
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("unexpected argument %q", flag.Arg(0))
	}
	dir, err := os.MkdirTemp("", "armreport")
	if err != nil {
		log.Fatal(err)
	}
	text, missed, err := report(dir)
	os.RemoveAll(dir)
	if err != nil {
		log.Fatal(err)
	}
	if *out == "" {
		fmt.Print(text)
	} else if err := os.WriteFile(*out, []byte(text), 0o666); err != nil {
		log.Fatal(err)
	}
	if missed > 0 {
		log.Fatalf("%d targets are missed", missed)
	}
}

const head = `# What the kernels for ARM should do: predicted, not measured

No ARM machine was at hand. **Every share of a peak on this page is a prediction**: llvm-mca reads the instructions of an inner
loop and simulates, from its model of a core, how they are issued. It knows nothing of caches, memory and branches, and its models of
cores that execute in order are coarse. The numbers of instructions are exact: they are counted under emulation.

    make arm-report

`

// report makes the whole page, and counts the targets that are missed.
func report(dir string) (text string, missed int, err error) {
	probe := filepath.Join(dir, "probe")
	if _, err := output("", []string{"GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0"}, "go", "build", "-o", probe,
		"./bench/armreport/probe"); err != nil {
		return "", 0, err
	}
	var b strings.Builder
	b.WriteString(head)
	n, err := predicted(&b, probe)
	if err != nil {
		return "", 0, err
	}
	m, err := counted(&b, dir, probe)
	return b.String(), n + m, err
}

// verdict says whether a target is met.
func verdict(met bool) string {
	if met {
		return "met"
	}
	return "**missed**"
}

// predicted writes the table of inner loops.
func predicted(b *strings.Builder, probe string) (missed int, err error) {
	b.WriteString("## Inner loops\n\n")
	mca, version, err := llvmTool("llvm-mca")
	if err != nil {
		fmt.Fprintf(b, "Left out: %v.\n\n", err)
		return 0, nil
	}
	var names []string
	for _, r := range rows {
		names = append(names, r.function)
	}
	functions, err := disassembly(probe, names)
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(b, `By llvm-mca %s. A cell is the share of the core's peak that the loop should reach, and in brackets the cycles of a round. The
peak is 24 of the loop's multiply-adds that do not wait for each other; where a loop has several kinds of them, its own without
all other instructions. Empty: the core does not have the instruction.

| loop | multiply-adds | instructions | for each |`, version)
	for _, c := range cores {
		fmt.Fprintf(b, " %s |", c.name)
	}
	b.WriteString("\n|---|---|---|---|" + strings.Repeat("---|", len(cores)) + "\n")
	var targets strings.Builder
	unknown := map[string]bool{}
	for _, r := range rows {
		l, err := find(innermost(functions[r.function]), r.multiplyAdds)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", r.function, err)
		}
		each := float64(len(l)) / float64(l.multiplyAdds())
		fmt.Fprintf(b, "| %s | %d | %d | %.3f |", r.label, l.multiplyAdds(), len(l), each)
		if r.most > 0 {
			fmt.Fprintf(&targets, "- %s: at most %.2f instructions for a multiply-add: %.3f, %s\n", r.label, r.most, each,
				verdict(each <= r.most))
			if each > r.most {
				missed++
			}
		}
		for _, c := range cores {
			if !strings.Contains(c.has, r.needs) || unknown[c.name] {
				b.WriteString(" |")
				continue
			}
			took, known, err := cycles(mca, c.name, l.source())
			if err != nil {
				return 0, err
			}
			if !known {
				unknown[c.name] = true
				b.WriteString(" |")
				continue
			}
			source, times := l.bound()
			peak, _, err := cycles(mca, c.name, source)
			if err != nil {
				return 0, err
			}
			share := 100 * peak / times / took
			fmt.Fprintf(b, " %.0f %% (%.1f) |", share, took)
			for _, t := range r.target {
				if t == c.name {
					fmt.Fprintf(&targets, "- %s on %s: at least 95 %% of the peak: %.1f, %s\n", r.label, t, share, verdict(share >= 95))
					if share < 95 {
						missed++
					}
				}
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	for _, c := range cores {
		if unknown[c.name] {
			fmt.Fprintf(b, "This llvm-mca does not know %s.\n\n", c.name)
		}
	}
	if v := version; len(v) == 2 && v < "16" {
		b.WriteString("An llvm-mca before 16 has the cortex-a57's numbers for the neoverse cores too: they say nothing of these.\n\n")
	}
	b.WriteString("Cores without a model of their own borrow one: cortex-a72 is simulated as cortex-a57.\n\nTargets:\n\n" + targets.String() + "\n")
	return missed, nil
}

// counted writes the table of whole calls.
func counted(b *strings.Builder, dir, probe string) (missed int, err error) {
	b.WriteString("## Whole calls\n\n")
	c, err := newCounter(dir)
	if err == nil {
		_, err = c.perRound("cortex-a72", nil, []string{probe}, []string{"gemm", "1", "1", "1"})
	}
	if err != nil {
		fmt.Fprintf(b, "Left out: %v.\n", firstLine(err))
		return 0, nil
	}
	env, program, version, err := openblas(dir)
	rival := err == nil
	b.WriteString(`Instructions for a multiply-add, counted under qemu-user: packing and the Go code around the kernels are in, the start of the
process is not. In brackets the part of the assembly. A convolution's padding is not among its multiply-adds, nor is it multiplied.
`)
	if rival {
		fmt.Fprintf(b, "Beside it OpenBLAS %s of Debian, with the kernels of each core that it is told to be on.\n", version)
	} else {
		fmt.Fprintf(b, "\nOpenBLAS is left out: %v.\n", firstLine(err))
	}
	b.WriteString("\n| call | gannet |")
	if rival {
		for _, k := range blasCores {
			fmt.Fprintf(b, " OpenBLAS %s |", k)
		}
	}
	b.WriteString("\n|---|---|")
	if rival {
		b.WriteString(strings.Repeat("---|", len(blasCores)))
	}
	b.WriteString("\n")
	var targets strings.Builder
	for _, k := range calls {
		counts, err := c.perRound(k.cpu, nil, []string{probe}, strings.Fields(k.args))
		if err != nil {
			return 0, err
		}
		var all, assembly float64
		for name, n := range counts {
			switch {
			case strings.HasPrefix(name, asmPackage):
				assembly += n
				all += n
			case strings.HasPrefix(name, "github.com/gannet-ml/"), name == "runtime.memmove", name == "runtime.memclrNoHeapPointers":
				all += n
			}
		}
		fmt.Fprintf(b, "| %s | %.3f (%.3f) |", k.label, all/k.multiplyAdds, assembly/k.multiplyAdds)
		if k.most > 0 {
			fmt.Fprintf(&targets, "- %s: at most %.2f: %.3f, %s\n", k.label, k.most, all/k.multiplyAdds, verdict(all/k.multiplyAdds <= k.most))
			if all/k.multiplyAdds > k.most {
				missed++
			}
		}
		for _, name := range blasCores {
			if !rival {
				break
			}
			if k.blas == "" {
				b.WriteString(" |")
				continue
			}
			counts, err := c.perRound(k.cpu, append(env, "OPENBLAS_CORETYPE="+name), program, strings.Fields(k.blas))
			if err != nil {
				return 0, err
			}
			var all float64
			for _, n := range counts {
				all += n
			}
			fmt.Fprintf(b, " %.3f |", all/k.multiplyAdds)
		}
		b.WriteString("\n")
	}
	b.WriteString("\nTargets:\n\n" + targets.String())
	return missed, nil
}

func firstLine(err error) error {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return errors.New(line)
}
