package main

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// llvmTool finds a tool of the newest LLVM that is installed, and its version.
func llvmTool(name string) (path, version string, err error) {
	for v := 30; v >= 11; v-- {
		if p, err := exec.LookPath(fmt.Sprintf("%s-%d", name, v)); err == nil {
			return p, strconv.Itoa(v), nil
		}
	}
	p, err := exec.LookPath(name)
	if err != nil {
		return "", "", fmt.Errorf("%s is missing: install the package llvm-19, or llvm", name)
	}
	out, err := output("", nil, p, "--version")
	if m := regexp.MustCompile(`version (\d+)`).FindStringSubmatch(out); err == nil && m != nil {
		return p, m[1], nil
	}
	return p, "of unknown version", nil
}

// disassembly returns functions of a binary, by their names without package.
func disassembly(binary string, names []string) (map[string][]instruction, error) {
	objdump, _, err := llvmTool("llvm-objdump")
	if err != nil {
		return nil, err
	}
	var symbols []string
	for _, n := range names {
		symbols = append(symbols, asmPackage+n+".abi0")
	}
	text, err := output("", nil, objdump, "-d", "--no-show-raw-insn", "--mattr=+dotprod,+i8mm",
		"--disassemble-symbols="+strings.Join(symbols, ","), binary)
	if err != nil {
		return nil, err
	}
	functions := map[string][]instruction{}
	heads := regexp.MustCompile(`(?m)^(?:[0-9a-f]+ )?<(.*)>:$`)
	at := heads.FindAllStringSubmatchIndex(text, -1)
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		name := strings.TrimSuffix(strings.TrimPrefix(text[m[2]:m[3]], asmPackage), ".abi0")
		functions[name] = parse(text[m[1]:end])
	}
	return functions, nil
}

const asmPackage = "github.com/gannet-ml/gannet/asm."

var totalCycles = regexp.MustCompile(`Total Cycles:\s+(\d+)`)

// cycles asks llvm-mca how long a round of a loop takes, or says that it does not know the CPU.
func cycles(mca, cpu, source string) (n float64, known bool, err error) {
	var total [2]float64
	for i, rounds := range []int{100, 300} {
		cmd := exec.Command(mca, "-mtriple=aarch64", "-mcpu="+cpu, "-mattr=+dotprod,+i8mm", "-iterations="+strconv.Itoa(rounds))
		cmd.Stdin = strings.NewReader(source)
		out, err := cmd.CombinedOutput()
		text := string(out)
		// llvm says that about a CPU, or that it has no model that mca could use, and goes on or gives up.
		if strings.Contains(text, "not a recognized processor") || strings.Contains(text, "unable to find instruction-level") {
			return 0, false, nil
		}
		m := totalCycles.FindStringSubmatch(text)
		if err != nil || m == nil {
			return 0, false, fmt.Errorf("llvm-mca for %s: %v\n%s", cpu, err, text)
		}
		total[i], _ = strconv.ParseFloat(m[1], 64)
	}
	return (total[1] - total[0]) / 200, true, nil
}

// counter counts instructions under qemu.
type counter struct{ qemu, plugin string }

//go:embed native/count.c
var countSource []byte

func newCounter(dir string) (*counter, error) {
	qemu, err := exec.LookPath("qemu-aarch64")
	if err != nil {
		return nil, fmt.Errorf("qemu-aarch64 is missing: install the package qemu-user (qemu-user-static has no plugins)")
	}
	c := &counter{qemu, filepath.Join(dir, "libcount.so")}
	return c, compile(dir, "gcc", "count.c", countSource, "-shared", "-fPIC", "-o", c.plugin)
}

func compile(dir, cc, name string, source []byte, args ...string) error {
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, source, 0o666); err != nil {
		return err
	}
	_, err := output("", nil, cc, append([]string{"-O2", file}, args...)...)
	return err
}

// perRound returns how many instructions a further round of a program takes, by function. What it does before and after is the
// same in both runs.
func (c *counter) perRound(cpu string, env, program, args []string) (map[string]float64, error) {
	var counts [2]map[string]float64
	for i, rounds := range []string{"1", "3"} {
		all := append([]string{"-cpu", cpu, "-plugin", c.plugin, "-d", "plugin"}, program...)
		text, err := output("", env, c.qemu, append(append(all, rounds), args...)...)
		if err != nil {
			return nil, err
		}
		counts[i] = map[string]float64{}
		for line := range strings.Lines(text) {
			if f := strings.SplitN(strings.TrimSpace(line), " ", 3); len(f) == 3 && f[0] == "count" {
				n, _ := strconv.ParseFloat(f[1], 64)
				counts[i][f[2]] += n
			}
		}
	}
	for name := range counts[1] {
		counts[1][name] = (counts[1][name] - counts[0][name]) / 2
	}
	return counts[1], nil
}

//go:embed native/openblas.c
var openblasSource []byte

// openblas gets OpenBLAS for arm64 from Debian, without installing it, and returns the environment and the program that
// multiplies with it.
func openblas(dir string) (env, program []string, version string, err error) {
	const sysroot = "/usr/aarch64-linux-gnu"
	cc, err := exec.LookPath("aarch64-linux-gnu-gcc")
	if err != nil {
		return nil, nil, "", fmt.Errorf("aarch64-linux-gnu-gcc is missing: install the package gcc-aarch64-linux-gnu")
	}
	for _, d := range []string{"state/lists/partial", "cache/archives/partial", "root"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o777); err != nil {
			return nil, nil, "", err
		}
	}
	// An apt of its own, which knows arm64 alone: the system's lists stay as they are.
	apt := []string{"-qq", "-o", "APT::Architecture=arm64", "-o", "APT::Architectures=arm64", "-o", "Acquire::Languages=none",
		"-o", "Dir::State=" + filepath.Join(dir, "state"), "-o", "Dir::State::status=/dev/null",
		"-o", "Dir::Cache=" + filepath.Join(dir, "cache"), "-o", "APT::Sandbox::User="}
	if _, err := output(dir, nil, "apt-get", append(apt, "update")...); err != nil {
		return nil, nil, "", err
	}
	if _, err := output(dir, nil, "apt-get", append(apt, "download", "libopenblas0-pthread", "libgfortran5")...); err != nil {
		return nil, nil, "", err
	}
	debs, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil {
		return nil, nil, "", err
	}
	for _, deb := range debs {
		if _, err := output("", nil, "dpkg", "-x", deb, filepath.Join(dir, "root")); err != nil {
			return nil, nil, "", err
		}
		if m := regexp.MustCompile(`libopenblas0-pthread_([^_+]*)`).FindStringSubmatch(deb); m != nil {
			version = m[1]
		}
	}
	lib := filepath.Join(dir, "root/usr/lib/aarch64-linux-gnu")
	blas, bin := filepath.Join(lib, "openblas-pthread"), filepath.Join(dir, "openblas")
	err = compile(dir, cc, "openblas.c", openblasSource, "-o", bin, filepath.Join(blas, "libopenblas.so.0"), "-Wl,--allow-shlib-undefined")
	env = []string{"OPENBLAS_NUM_THREADS=1"}
	program = []string{"-L", sysroot, "-E", "LD_LIBRARY_PATH=" + blas + ":" + lib + ":" + sysroot + "/lib", bin}
	return env, program, version, err
}

// output runs a command and returns what it writes to both outputs.
func output(dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %v\n%s", filepath.Base(name), err, out)
	}
	return string(out), nil
}
