package main

import (
	"slices"
	"strings"
	"testing"
)

// listing is a function with a loop of two fmlas inside another loop, and a second innermost one with a way out.
const listing = `   1000:      	mov	x0, #0x4
   1004:      	ldr	q1, [x1]
   1008:      	fmla	v8.4s, v0.4s, v1.s[0]
   100c:      	fmla	v9.4s, v0.4s, v1.s[1]
   1010:      	subs	x0, x0, #0x1
   1014:      	b.ne	0x1008 <asm.F.abi0+0x8>
   1018:      	cbnz	x2, 0x1004 <asm.F.abi0+0x4>
   101c:      	cbz	x3, 0x1030 <asm.F.abi0+0x30>
   1020:      	smull	v0.8h, v1.8b, v2.8b
   1024:      	sadalp	v8.4s, v0.8h
   1028:      	b	0x101c <asm.F.abi0+0x1c>
   102c:      	bl	0x1000 <asm.G.abi0>
   1030:      	ret
`

func TestLoops(t *testing.T) {
	loops := innermost(parse(listing))
	if len(loops) != 2 {
		t.Fatalf("%d loops, want 2: %v", len(loops), loops)
	}
	var sizes, products []int
	for _, l := range loops {
		sizes, products = append(sizes, len(l)), append(products, l.multiplyAdds())
	}
	if !slices.Equal(sizes, []int{4, 4}) || !slices.Equal(products, []int{8, 8}) {
		t.Errorf("sizes %v, multiply-adds %v, want 4 4 and 8 8", sizes, products)
	}
	if got, want := loops[1].source(), "again:\n\tcbz x3, out\n\tsmull v0.8h, v1.8b, v2.8b\n\tsadalp v8.4s, v0.8h\n\tb again\nout:\n"; got != want {
		t.Errorf("the source is %q, want %q", got, want)
	}
	if _, err := find(loops, 9); err == nil {
		t.Error("a loop with 9 multiply-adds was found")
	}
	if l, err := find(loops, 0); err != nil || l[0].at != 0x1008 {
		t.Errorf("the first of the largest loops is %v, %v", l, err)
	}
}

func TestBound(t *testing.T) {
	loops := innermost(parse(listing))
	source, times := loops[0].bound()
	if n := strings.Count(source, "fmla"); n != 24 || times != 12 || !strings.Contains(source, "\tfmla v31.4s, v0.4s, v0.s[0]\n") {
		t.Errorf("24 chains that are 12 times the loop: %d, %v times\n%s", n, times, source)
	}
	source, times = loops[1].bound()
	if want := "again:\n\tsmull v0.8h, v1.8b, v2.8b\n\tsadalp v8.4s, v0.8h\nout:\n"; source != want || times != 1 {
		t.Errorf("the bound of a mixed loop is %q, %v times", source, times)
	}
}

func TestMultiplyAdds(t *testing.T) {
	for text, want := range map[string]int{
		"fmla v8.4s, v0.4s, v1.s[0]":      4,
		"sdot v8.4s, v0.16b, v1.4b[0]":    16,
		"usmmla v8.4s, v0.16b, v1.16b":    32,
		"smlal2 v8.8h, v0.16b, v1.16b":    8,
		"smlal v8.4s, v0.4h, v1.h[0]":     4,
		"sadalp v8.4s, v0.8h":             0,
		"fmul v8.4s, v0.4s, v1.4s":        0,
		"ldp q0, q1, [x2], #0x20":         0,
		"b.ne 0x1008 <asm.F.abi0+0x8>":    0,
		"add v8.4s, v0.4s, v1.4s":         0,
		"smull2 v4.8h, v0.16b, v1.16b":    8,
		"ummla v8.4s, v0.16b, v1.16b":     32,
		"usdot v8.4s, v0.16b, v1.4b[3]":   16,
		"umlal v8.2d, v0.2s, v1.2s":       2,
		"fmla v8.4s, v0.4s, v1.4s":        4,
		"sudot v8.4s, v0.16b, v1.4b[0]":   16,
		"udot v8.4s, v0.16b, v1.16b":      16,
		"smmla v8.4s, v0.16b, v1.16b":     32,
		"uadalp v8.4s, v0.8h":             0,
		"umull2 v8.4s, v0.8h, v1.8h":      4,
		"prfm pldl1keep, [x13]":           0,
		"st1 { v0.4s, v1.4s }, [x0], #32": 0,
	} {
		if got := (instruction{text: text}).multiplyAdds(); got != want {
			t.Errorf("%s: %d multiply-adds, want %d", text, got, want)
		}
	}
}
