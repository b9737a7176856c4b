package asm

import (
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// vex is an instruction with a three-byte VEX prefix and register operands, taken apart as the Intel manual (volume
// 2, section 2.3) describes it.
type vex struct {
	w, l             int
	pp, escape       int // 1 is the prefix 66; 2 is the map 0F38
	opcode           int
	reg, vvvv, rm    int
	register, prefix bool // ModRM names a register; the first byte is that of a three-byte prefix
}

func decodeVEX(b []byte) vex {
	inverted := func(x byte, bit int) int { return int(^x>>bit) & 1 }
	return vex{
		prefix: b[0] == 0xc4,
		escape: int(b[1] & 31),
		w:      int(b[2] >> 7), vvvv: int(^b[2]>>3) & 15, l: int(b[2]>>2) & 1, pp: int(b[2] & 3),
		opcode:   int(b[3]),
		register: b[4]>>6 == 3,
		reg:      inverted(b[1], 7)<<3 | int(b[4]>>3)&7,
		rm:       inverted(b[1], 5)<<3 | int(b[4])&7,
	}
}

// TestVEX decodes what VPDPBUSD_Y emits for all registers, so that it is checked where no CPU has AVX-VNNI; a few
// lines are compared with what GNU as makes of "{vex} vpdpbusd %ymmS, %ymmU, %ymmD", which also checks the decoder.
func TestVEX(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs the go command: ", err)
	}
	var text strings.Builder
	text.WriteString("#include \"vnni_amd64.h\"\nTEXT words(SB), 4, $0-0\n")
	for i := range 16 * 16 * 16 {
		fmt.Fprintf(&text, "\tVPDPBUSD_Y(%d, %d, %d)\n", i>>8, i>>4&15, i&15)
	}
	text.WriteString("\tRET\n")
	include, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	src, obj := filepath.Join(dir, "words.s"), filepath.Join(dir, "words.o")
	if err := os.WriteFile(src, []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	command(t, "amd64", "go", "tool", "asm", "-I", include, "-p", "words", "-o", obj, src)
	var code []byte
	for _, m := range regexp.MustCompile(`(?m)\t0x[0-9a-f]+\t+([0-9a-f]+)\t`).FindAllStringSubmatch(
		command(t, "amd64", "go", "tool", "objdump", obj), -1) {
		b, err := hex.DecodeString(m[1])
		if err != nil {
			t.Fatal(err)
		}
		code = append(code, b...)
	}
	if len(code) != 16*16*16*5+1 {
		t.Fatalf("objdump shows %d bytes, want 5 an instruction and a return", len(code))
	}
	gnu := map[[3]int]string{
		{1, 2, 3}: "c4e26d50d9", {14, 9, 15}: "c4423550fe", {8, 15, 0}: "c4c20550c0", {0, 0, 8}: "c4627d50c0",
		{12, 7, 5}: "c4c24550ec", {15, 15, 15}: "c4420550ff", {0, 0, 0}: "c4e27d50c0", {7, 8, 9}: "c4623d50cf",
	}
	for i := range 16 * 16 * 16 {
		s, u, d := i>>8, i>>4&15, i&15
		b := code[5*i:][:5]
		want := vex{prefix: true, escape: 2, pp: 1, w: 0, l: 1, opcode: 0x50, register: true, reg: d, vvvv: u, rm: s}
		if got := decodeVEX(b); got != want {
			t.Fatalf("VPDPBUSD_Y(%d, %d, %d) is % x: %+v, want %+v", s, u, d, b, got, want)
		}
		if g, ok := gnu[[3]int{s, u, d}]; ok && g != hex.EncodeToString(b) {
			t.Errorf("VPDPBUSD_Y(%d, %d, %d) is % x, GNU as makes %s", s, u, d, b, g)
		}
	}
}
