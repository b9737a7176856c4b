package kernels

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"testing"
)

// layouts are what TestLayout finds on each tier for Layout 4. Where a change of packing is meant, Layout rises with it.
var layouts = map[string]string{
	"generic": "e71ddac7e9f633e8",
	"avx2":    "2145cb1813e11152", "avxvnni": "a85e612bff1206bf", "avx512": "bccd532c55340bc6",
	"neon": "36772e58e9bc94ef", "neondot": "e8409fdc07853373", "neoni8mm": "443924d5d38931b5",
}

// layoutShapes are convolutions of every kind: sliding, with few channels, products, groups.
var layoutShapes = []struct {
	s    ConvShape
	role ConvRole
}{
	{ConvShape{H: 8, W: 8, Cin: 24, OH: 4, OW: 4, Cout: 40, KH: 4, KW: 4, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1}, ConvDX},
	{ConvShape{H: 8, W: 8, Cin: 3, OH: 4, OW: 4, Cout: 70, KH: 4, KW: 4, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1}, ConvDX},
	{ConvShape{H: 6, W: 7, Cin: 10, OH: 6, OW: 7, Cout: 100, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1}, ConvOut},
	{ConvShape{H: 6, W: 7, Cin: 20, OH: 6, OW: 7, Cout: 1, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1}, ConvOut},
	{ConvShape{H: 6, W: 6, Cin: 16, OH: 6, OW: 6, Cout: 32, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, Groups: 4}, ConvOut},
	{ConvShape{H: 5, W: 5, Cin: 20, OH: 5, OW: 5, Cout: 50, KH: 1, KW: 1, StrideH: 1, StrideW: 1}, ConvOut},
	{ConvShape{H: 4, W: 4, Cin: 9, OH: 1, OW: 1, Cout: 33, KH: 4, KW: 4, StrideH: 4, StrideW: 4}, ConvDX},
}

// layoutDepth is a depthwise convolution, of integers.
var layoutDepth = struct {
	s    ConvShape
	role ConvRole
}{ConvShape{H: 6, W: 6, Cin: 20, OH: 6, OW: 6, Cout: 20, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, Groups: 20}, ConvOut}

// TestLayout: packed forms may come from files, so their layout must not change unseen. And a form that comes from elsewhere
// does what the operand's own does.
func TestLayout(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		t.Skip("packed forms in files are little endian")
	}
	for _, tier := range Tiers() {
		if !tier.Available {
			continue
		}
		restore, err := Force(tier.Name)
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		for _, s := range [][2]int{{5, 70}, {300, 65}, {7, 33}, {16, 16}, {1, 1}} {
			b := make([]float32, s[0]*s[1])
			s8 := make([]int8, len(b))
			for i := range b {
				b[i], s8[i] = float32(i+1), int8(i%251-125)
			}
			a, u8 := make([]float32, 3*s[0]), make([]uint8, 3*s[0])
			for i := range a {
				a[i], u8[i] = float32(i%5)-2, uint8(7*i)
			}
			for _, trans := range []bool{false, true} {
				ld := s[1]
				if trans {
					ld = s[0]
				}
				p := PackB(s[0], s[1], b, ld, trans)
				h.Write(p.Panels())
				q := StoredB(s[0], s[1], b, ld, trans, copyAligned(p.Panels()))
				run := func(p *PackedB) []float32 {
					c := make([]float32, 3*s[1])
					(&Gemm{M: 3, N: s[1], K: s[0], A: a, Lda: s[0], Packed: p, C: c, Ldc: s[1]}).Run(nil)
					return c
				}
				if !slices.Equal(run(p), run(q)) {
					t.Errorf("%s: a stored form of %v does something else", tier.Name, s)
				}
			}
			p := PackS8(s[0], s[1], s8, s[1])
			h.Write(p.Panels())
			q := StoredS8(s[0], s[1], s8, s[1], copyAligned(p.Panels()))
			run := func(p *PackedS8) []int32 {
				c := make([]int32, 3*s[1])
				(&GemmU8{M: 3, N: s[1], K: s[0], A: u8, Lda: s[0], B: p, C32: c, Ldc: s[1]}).Run(nil)
				return c
			}
			if !slices.Equal(run(p), run(q)) {
				t.Errorf("%s: a stored form of the bytes %v does something else", tier.Name, s)
			}
		}
		for _, c := range layoutShapes {
			c.s.N = 2
			x, w, y := c.s.Sizes()
			weights, in := make([]float32, w), make([]float32, max(x, y))
			for i := range weights {
				weights[i] = float32(i + 1)
			}
			for i := range in {
				in[i] = float32(i%5) - 2
			}
			p := PackConv(c.s, c.role, weights)
			h.Write(p.Panels())
			if got := PackedConvBytes(c.s, c.role); got != len(p.Panels()) {
				t.Errorf("%s: %+v takes %d bytes, %d were said", tier.Name, c, len(p.Panels()), got)
			}
			q := StoredConv(c.s, c.role, weights, copyAligned(p.Panels()))
			run := func(p *PackedConv) []float32 {
				conv := &Conv{ConvShape: c.s, Role: c.role, Packed: p}
				out := make([]float32, max(x, y))
				conv.X, conv.Y = in, out
				if c.role == ConvDX {
					conv.X, conv.Y = out, in
				}
				conv.Run(nil)
				return out
			}
			if !slices.Equal(run(p), run(q)) {
				t.Errorf("%s: a stored form of %+v does something else", tier.Name, c)
			}
		}
		for _, c := range append(layoutShapes, layoutDepth) {
			for _, wide := range []bool{false, true} {
				c.s.N = 2
				x, w, y := c.s.Sizes()
				if c.role == ConvDX {
					x, y = y, x
				}
				l := ConvU8Layer{ConvShape: c.s, Role: c.role, InZero: 7, Weights: make([]int8, w), Wide: wide, Most: 50}
				for i := range l.Weights {
					l.Weights[i] = int8(i%251 - 125)
				}
				in, in16 := make([]uint8, x), make([]int16, x)
				for i := range in {
					in[i], in16[i] = uint8(i%41), int16(i%41)
				}
				p := PackConvU8(l)
				h.Write(p.Panels())
				if got := PanelsConvU8Bytes(l); got != len(p.Panels()) {
					t.Errorf("%s: %+v of bytes takes %d bytes, %d were said", tier.Name, c, len(p.Panels()), got)
				}
				form := copyAligned(p.Panels())
				q := StoredConvU8(l, form)
				run := func(p *PackedConvU8) []int32 {
					out := make([]int32, y)
					(&ConvU8{Packed: p, N: 2, In: in, In16: in16, Out32: out}).Run(nil)
					return out
				}
				if !slices.Equal(run(p), run(q)) {
					t.Errorf("%s: a stored form of the bytes of %+v does something else", tier.Name, c)
				}
				if wide || len(form) == 0 {
					continue
				}
				for i := range form {
					form[i]++
				}
				if slices.Equal(run(p), run(StoredConvU8(l, form))) {
					t.Errorf("%s: a stored form of the bytes of %+v is not read", tier.Name, c)
				}
			}
		}
		restore()
		if got := hex.EncodeToString(h.Sum(nil)[:8]); got != layouts[tier.Name] {
			t.Errorf("packed forms of %s have another layout, %s: raise Layout, and change this table", tier.Name, got)
		}
	}
}

func copyAligned(b []byte) []byte {
	c := alignedBytes(len(b))
	copy(c, b)
	return c
}
