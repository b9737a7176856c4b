package asm

import (
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "make testdata/neon*_arm64.txt anew with aarch64-linux-gnu-as")

// neonHeaders hold the macros; the table of each is a file of its name in testdata.
var neonHeaders = []string{"neon_arm64.h", "neon_int8_arm64.h"}

// macro is a line of a header that stands for an instruction.
type macro struct {
	name   string
	params []string
	gnu    string
}

var macroLine = regexp.MustCompile(`^#define (\w+)\(([^)]*)\).*// (.*)$`)

// neonMacros reads a header. Macros without a GNU text (forms of encodings) are not instructions.
func neonMacros(t *testing.T, header string) []macro {
	src, err := os.ReadFile(header)
	if err != nil {
		t.Fatal(err)
	}
	var ms []macro
	for line := range strings.Lines(string(src)) {
		if m := macroLine.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			ms = append(ms, macro{m[1], strings.Split(m[2], ", "), m[3]})
		}
	}
	if len(ms) < 20 {
		t.Fatalf("%s: only %d instructions", header, len(ms))
	}
	return ms
}

// instance writes the macro with operands, for Go's assembler and for GNU's.
func (m macro) instance(r *rand.Rand) (call, gnu string) {
	gnu = m.gnu
	var args []string
	for _, p := range m.params {
		v := r.IntN(32)
		switch p {
		case "m":
			if strings.Contains(gnu, "vM.h[") {
				v &= 15
			}
			gnu = strings.ReplaceAll(gnu, "vM", fmt.Sprint("v", v))
		case "d", "n", "r", "x":
			if p == "r" || p == "x" {
				v = min(v, 30)
			}
			for _, c := range "vqx" {
				gnu = strings.ReplaceAll(gnu, string(c)+strings.ToUpper(p), fmt.Sprint(string(c), v))
			}
		case "i":
			v &= 3
			if strings.Contains(gnu, ".h[") {
				v = r.IntN(8)
			}
			gnu = strings.ReplaceAll(gnu, "[i]", fmt.Sprintf("[%d]", v))
		case "s":
			v = max(1, v)
			gnu = strings.ReplaceAll(gnu, "#s", fmt.Sprint("#", v))
		case "o":
			v *= 16 * 127
			gnu = strings.ReplaceAll(gnu, "#o", fmt.Sprint("#", v))
		}
		args = append(args, fmt.Sprint(v))
	}
	return fmt.Sprintf("%s(%s)", m.name, strings.Join(args, ", ")), gnu
}

// TestNEONWords assembles every macro of the headers with several operands and compares the words with those that GNU
// as makes of the text beside it.
func TestNEONWords(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs the go command: ", err)
	}
	for _, header := range neonHeaders {
		t.Run(header, func(t *testing.T) { neonWords(t, header) })
	}
}

func neonWords(t *testing.T, header string) {
	neonTable := filepath.Join("testdata", strings.TrimSuffix(header, ".h")+".txt")
	var calls, texts []string
	for _, m := range neonMacros(t, header) {
		// The operands depend on nothing but the name, so that a new macro leaves the others' lines as they are.
		name := fnv.New64()
		name.Write([]byte(m.name))
		r := rand.New(rand.NewPCG(name.Sum64(), 2))
		for range 12 {
			call, gnu := m.instance(r)
			calls, texts = append(calls, call), append(texts, gnu)
		}
	}
	dir := t.TempDir()
	if *update {
		writeTable(t, neonTable, dir, texts)
	}
	raw, err := os.ReadFile(neonTable)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		if word, text, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			want[text] = word
		}
	}

	include, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	src, obj := filepath.Join(dir, "words.s"), filepath.Join(dir, "words.o")
	text := "#include \"neon_arm64.h\"\n"
	if header != "neon_arm64.h" {
		text += "#include \"" + header + "\"\n"
	}
	text += "TEXT words(SB), 4, $0-0\n\t" + strings.Join(calls, "\n\t") + "\n\tRET\n"
	if err := os.WriteFile(src, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	command(t, "arm64", "go", "tool", "asm", "-I", include, "-p", "words", "-o", obj, src)
	var got []string
	for _, m := range regexp.MustCompile(`(?m)\t0x[0-9a-f]+\t+([0-9a-f]{8})\t`).FindAllStringSubmatch(
		command(t, "arm64", "go", "tool", "objdump", obj), -1) {
		got = append(got, m[1])
	}
	if len(got) < len(calls) {
		t.Fatalf("objdump shows %d words, want %d and a return", len(got), len(calls))
	}
	for i, call := range calls {
		if w, ok := want[texts[i]]; !ok {
			t.Fatalf("%s has no line for %q: run go test -run NEONWords -update", neonTable, texts[i])
		} else if got[i] != w {
			t.Errorf("%s is %s, but %q is %s", call, got[i], texts[i], w)
		}
	}
}

func writeTable(t *testing.T, neonTable, dir string, texts []string) {
	src, obj := filepath.Join(dir, "gnu.s"), filepath.Join(dir, "gnu.o")
	if err := os.WriteFile(src, []byte(strings.Join(texts, "\n")+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	command(t, "arm64", "aarch64-linux-gnu-as", "-march=armv8.6-a", "-o", obj, src)
	dump := command(t, "arm64", "aarch64-linux-gnu-objdump", "-d", obj)
	words := regexp.MustCompile(`(?m)^\s+[0-9a-f]+:\t([0-9a-f]{8}) `).FindAllStringSubmatch(dump, -1)
	if len(words) != len(texts) {
		t.Fatalf("GNU as made %d words of %d lines", len(words), len(texts))
	}
	var b strings.Builder
	for i, w := range words {
		fmt.Fprintf(&b, "%s %s\n", w[1], texts[i])
	}
	if err := os.WriteFile(neonTable, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}

func command(t *testing.T, goarch, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "GOARCH="+goarch, "GOOS=linux")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	return string(out)
}
