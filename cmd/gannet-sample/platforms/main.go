// Command platforms writes README's table of platforms: it builds gannet-sample for each, runs it here, natively or under an
// emulator, and notes the hashes of what it draws. It needs Debian's qemu-user-static and nodejs. Run it where README lies:
//
//	go run ./cmd/gannet-sample/platforms
//
// With two models as arguments, int8 and f32, it prints their table instead and writes nothing.
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gannet-ml/gannet/kernels"
)

// platform is a row of the table.
type platform struct {
	name, by string
	env      []string // for go build
	tags     string
	run      []string // what comes before the program; its first word must be installed
	tiers    []string // "": the one that the program chooses
	optional bool     // not every kernel runs such programs
}

func qemu(arch, cpu string) []string {
	run := []string{"qemu-" + arch + "-static"}
	if cpu != "" {
		run = append(run, "-cpu", cpu)
	}
	return run
}

func goarch(arch string, more ...string) []string {
	return append([]string{"GOOS=linux", "GOARCH=" + arch}, more...)
}

func platforms() []platform {
	var native []string
	for _, t := range kernels.Tiers() {
		if t.Available {
			native = append(native, t.Name)
		}
	}
	self := goarch(runtime.GOARCH)
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		log.Fatal(err)
	}
	wasm := filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec_node.js")
	return []platform{
		{name: "linux/" + runtime.GOARCH, by: "natively", env: self, tiers: native},
		{name: "linux/" + runtime.GOARCH + ", `-tags purego`", by: "natively", env: self, tags: "purego"},
		{name: "linux/arm64", by: "qemu, cortex-a53", env: goarch("arm64"), run: qemu("aarch64", "cortex-a53"), tiers: []string{"", "generic"}},
		{name: "linux/arm64", by: "qemu, cortex-a72", env: goarch("arm64"), run: qemu("aarch64", "cortex-a72")},
		{name: "linux/arm64", by: "qemu, cortex-a76", env: goarch("arm64"), run: qemu("aarch64", "cortex-a76")},
		{name: "linux/arm64", by: "qemu, max", env: goarch("arm64"), run: qemu("aarch64", "max")},
		{name: "linux/arm, v7", by: "qemu, cortex-a7", env: goarch("arm", "GOARM=7"), run: qemu("arm", "cortex-a7")},
		{name: "linux/arm, v6", by: "qemu, arm1176", env: goarch("arm", "GOARM=6"), run: qemu("arm", "arm1176")},
		{name: "linux/riscv64", by: "qemu", env: goarch("riscv64"), run: qemu("riscv64", "")},
		{name: "linux/ppc64le", by: "qemu", env: goarch("ppc64le"), run: qemu("ppc64le", "")},
		{name: "linux/s390x (big endian)", by: "qemu", env: goarch("s390x"), run: qemu("s390x", "")},
		{name: "linux/loong64", by: "qemu", env: goarch("loong64"), run: qemu("loongarch64", "")},
		{name: "linux/386", by: "natively", env: goarch("386"), optional: true}, // threads of Go programs crash in qemu-i386
		{name: "wasip1/wasm", by: "node", env: []string{"GOOS=wasip1", "GOARCH=wasm"}, run: []string{"node", "--no-warnings", "testdata/wasi.mjs"}},
		{name: "js/wasm", by: "node", env: []string{"GOOS=js", "GOARCH=wasm"}, run: []string{"node", wasm}},
	}
}

func main() {
	log.SetFlags(0)
	models := []string{"testdata/small-int8.safetensors", "testdata/small-f32.safetensors"}
	if n := len(os.Args) - 1; n == 2 {
		models = os.Args[1:]
	} else if n != 0 {
		log.Fatal("usage: platforms [INT8 F32]")
	}
	dir, err := os.MkdirTemp("", "platforms")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	table := "| platform | run | tier | int8 | f32 |\n|---|---|---|---|---|\n"
	for i, p := range platforms() {
		rows, err := p.rows(filepath.Join(dir, fmt.Sprint(i)), models)
		if err != nil {
			log.Fatalf("%s: %v", p.name, err)
		}
		fmt.Print(rows)
		table += rows
	}
	if len(os.Args) > 1 {
		return
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		log.Fatal(err)
	}
	const begin, end = "<!-- platforms: written by go run ./cmd/gannet-sample/platforms -->\n", "<!-- platforms -->"
	head, rest, ok := strings.Cut(string(readme), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		log.Fatal("README.md has no place for the table")
	}
	if err := os.WriteFile("README.md", []byte(head+begin+table+end+tail), 0o644); err != nil {
		log.Fatal(err)
	}
}

// rows builds the program and runs it on every tier.
func (p platform) rows(bin string, models []string) (string, error) {
	args := []string{"build", "-trimpath", "-o", bin}
	if p.tags != "" {
		args = append(args, "-tags", p.tags)
	}
	build := exec.Command("go", append(args, "./cmd/gannet-sample")...)
	build.Env = append(os.Environ(), append(p.env, "CGO_ENABLED=0")...)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %s", err, out)
	}
	tiers := p.tiers
	if tiers == nil {
		tiers = []string{""}
	}
	rows := ""
	for _, tier := range tiers {
		row := ""
		for _, model := range models {
			// verify prints: ok  seeds 0-63  HASH  tier NAME
			words := append(p.run[:len(p.run):len(p.run)], bin, "verify", model)
			cmd := exec.Command(words[0], words[1:]...)
			cmd.Env = os.Environ()
			if tier != "" {
				cmd.Env = append(cmd.Env, "GANNET_ISA="+tier)
			}
			var msg bytes.Buffer
			cmd.Stderr = &msg
			out, err := cmd.Output()
			f := strings.Fields(string(out))
			if err != nil && p.optional && len(out)+msg.Len() == 0 {
				return fmt.Sprintf("| %s | not run: no kernel for it here, built only | | | |\n", p.name), nil
			}
			if err != nil || len(f) != 6 {
				return "", fmt.Errorf("%s: %v: %s%s", strings.Join(words, " "), err, out, &msg)
			}
			if row == "" {
				row = fmt.Sprintf("| %s | %s | %s |", p.name, p.by, f[5])
			}
			row += fmt.Sprintf(" `%.16s` |", f[3])
		}
		rows += row + "\n"
	}
	return rows, nil
}
