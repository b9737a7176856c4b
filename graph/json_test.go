package graph

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// generator builds a small inference graph with every kind of attribute.
func generator() *Builder {
	b := New()
	z := b.FromI16(b.Input("z", I16, Of(Batch, 6)), 1.0/4096)
	h := b.LeakyReLU(b.Add(b.Dot(z, b.Var("w0", F32, Of(6, 10)), false, false), b.Var("b0", F32, Of(10))), 0.2)
	h = b.Add(b.Dot(h, b.Var("w1", F32, Of(8, 10)), false, true), b.Var("b1", F32, Of(8)))
	b.Output("image", b.Reshape(b.ToU8(b.Tanh(h), 127.5, 127.5), Of(Batch, 2, 4, 1)))
	return b
}

func TestJSONRoundTrip(t *testing.T) {
	js, err := Encode(generator())
	if err != nil {
		t.Fatal(err)
	}
	b, err := Decode(js)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Encode(b)
	if err != nil || !bytes.Equal(js, again) {
		t.Fatalf("%s\nbecame %s (%v)", js, again, err)
	}
	bound, err := b.WithBatch(3)
	if err != nil {
		t.Fatal(err)
	}
	if got := bound.Type(bound.OutputValue("image")); got != (Type{U8, Of(3, 2, 4, 1)}) {
		t.Errorf("with batch 3 the image is %v", got)
	}
}

// conv is a graph with a convolution of pictures of 4x4x2 by 3x3 weights.
func conv(attributes string) string {
	return `{"nodes":[{"op":"Input","dtype":"F32","name":"x","shape":[-1,4,4,2]},{"op":"Var","dtype":"F32","name":"w",` +
		`"shape":[3,3,2,3]},{"op":"ConvOut","in":[1,2],` + attributes + `}],"outputs":[{"name":"y","node":3}]}`
}

// pictures is a graph with pictures of 4x4x2, a list of numbers and other nodes.
func pictures(nodes string) string {
	return `{"nodes":[{"op":"Input","dtype":"F32","name":"x","shape":[-1,4,4,2]},{"op":"Input","dtype":"U8","name":"i",` +
		`"shape":[-1]},` + nodes + `],"outputs":[{"name":"y","node":3}]}`
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct{ js, want string }{
		{``, "EOF"},
		{`{"nodes":[{"op":"Nope"}]}`, "unknown operation"},
		{`{"nodes":[{"op":"Neg","in":[1]}]}`, "no earlier node"},
		{`{"nodes":[{"op":"Fill","shape":[2]},{"op":"Neg","in":[3]}]}`, "no earlier node"},
		{`{"nodes":[{"op":"Fill","shape":[2]},{"op":"Neg","in":[2]}]}`, "no earlier node"},
		{`{"nodes":[{"op":"Fill","shape":[2]},{"op":"Add","in":[1]}]}`, "takes 2 inputs"},
		{`{"nodes":[{"op":"Fill","shape":[2,0]}]}`, "must be positive"},
		{`{"nodes":[{"op":"Fill","shape":[2,-1]}]}`, "must be positive"},
		{`{"nodes":[{"op":"Fill","shape":[65536,65536,65536]}]}`, "too many elements"},
		{`{"nodes":[{"op":"Fill","shape":[1,1,1,1,1,1,1]}]}`, "dimensions"},
		{`{"nodes":[{"op":"Fill","shape":[400000000]}]}`, "MiB"},
		{`{"nodes":[{"op":"Fill","shape":[32768,32768]}]}`, "MiB"},  // 2^32 bytes, 0 in 32 bits
		{`{"nodes":[{"op":"Latent","shape":[2147483647]}]}`, "MiB"}, // less than 0
		{`{"nodes":[{"op":"Input","dtype":"F64","name":"x"}]}`, "unknown dtype"},
		{`{"nodes":[{"op":"Input","dtype":"F32"}]}`, "name"},
		{`{"nodes":[{"op":"Input","dtype":"F32","name":"x"},{"op":"Var","dtype":"F32","name":"x"}]}`, "taken"},
		{`{"nodes":[{"op":"Fill"}],"outputs":[{"name":"a","node":2}]}`, "output"},
		{`{"nodes":[{"op":"Fill"}],"outputs":[{"name":"a","node":1},{"name":"a","node":1}]}`, "two outputs"},
		{`{"nodes":[{"op":"Fill","floats":[1e39]}]}`, "float32"},
		{`{"nodes":[],"more":1}`, "unknown field"},
		{`{"nodes":[]} {}`, "after"},
		{`{"nodes":` + strings.Repeat("[", 20000), "depth"},
		{conv(`"shape":[-1,4,4,3],"ints":[1,1,1,1,1,1]`), ""},
		{conv(`"shape":[2,4,4,3],"ints":[1,1,1,1,1,1]`), "do not fit"},     // a batch of its own
		{conv(`"shape":[-1,4,4,4],"ints":[1,1,1,1,1,1]`), "do not fit"},    // other channels
		{conv(`"shape":[-1,6,4,3],"ints":[1,1,1,1,1,1]`), "do not fit"},    // a window below the picture
		{conv(`"shape":[-1,4,4,3],"ints":[1,1,3,1,1,1]`), "do not fit"},    // and above
		{conv(`"shape":[-1,4,4,3],"ints":[0,1,1,1,1,1]`), "do not fit"},    // no stride
		{conv(`"shape":[-1,4,4,3],"ints":[1,1,1,1,0,1]`), "do not fit"},    // no dilation
		{conv(`"shape":[-1,4,4,3],"ints":[1,1,-1,1,1,1]`), "do not fit"},   // negative padding
		{conv(`"shape":[-1,4,4,3],"ints":[99999999,1,1,1,1,1]`), "do not"}, // a stride beyond counting
		{conv(`"shape":[-1,4,4,3],"ints":[1,1,20000000,20000000,9000000,9000000]`), "do not fit"},
		{conv(`"shape":[-1,4,4,3],"ints":[1,1,100000,100000,90000,90000]`), "too large"},
		{conv(`"shape":[-1,4,4],"ints":[1,1,1,1,1,1]`), "do not fit"},
		{pictures(`{"op":"Resample","in":[1],"ints":[8,2]}`), "kind 8"},
		{pictures(`{"op":"Resample","in":[1],"ints":[-1,2]}`), "kind -1"},
		{pictures(`{"op":"Resample","in":[1],"ints":[5,0,2,2,0,2,2,0]}`), "not linear"},
		{pictures(`{"op":"Resample","in":[1],"ints":[0,17]}`), "kind 0"},
		{pictures(`{"op":"Resample","in":[1],"ints":[1,3]}`), "kind 1"},
		{pictures(`{"op":"Resample","in":[1],"ints":[6,3]}`), "kind 6"},
		{pictures(`{"op":"Resample","in":[1],"ints":[2,2]}`), "kind 2"},
		{pictures(`{"op":"Resample","in":[1],"ints":[4,0,2,0,0,2,2,0]}`), "kind 4"},
		{pictures(`{"op":"Resample","in":[1],"ints":[4,0,2,1,2,2,2,0]}`), "kind 4"},
		{pictures(`{"op":"Resample","in":[1],"ints":[4,0,9,1,0,2,2,0]}`), "must be positive"}, // larger than the picture
		{pictures(`{"op":"ResampleT","in":[1],"ints":[0,2],"shape":[-1,4,4,2]}`), "what becomes"},
		{pictures(`{"op":"PickPool","in":[1,1],"ints":[4,0,2,2,0,2,2,0]}`), "no maximum"},
		{pictures(`{"op":"PutPool","in":[1,1],"ints":[5,0,2,2,0,2,2,0]}`), "what becomes"},
		{pictures(`{"op":"Gather","in":[1,1]}`), "row numbers"},
		{pictures(`{"op":"Gather","in":[1,2]}`), "no table"},
		{pictures(`{"op":"Scatter","in":[1,2],"ints":[5]}`), "no rows"},
		{pictures(`{"op":"Scatter","in":[1,2],"ints":[-1]}`), "a table of -1 rows"}, // which is the symbolic batch
		{pictures(`{"op":"ColumnStats","in":[1]}`), "columns"},                      // over a symbolic batch
		{pictures(`{"op":"ColumnStats","in":[1],"ints":[3]}`), "columns"},
		{pictures(`{"op":"ColumnStats","in":[1],"ints":[1],"floats":[-1]}`), "eps"},
		{pictures(`{"op":"ColumnStats","in":[1],"ints":[1]},{"op":"ColumnNorm","in":[1,3,1,1],"ints":[1]}`), "input 2"},
		{pictures(`{"op":"RowNorm","in":[1],"ints":[4]}`), "rows"},
		{pictures(`{"op":"RowNorm","in":[1],"ints":[1,2]}`), "rows"},
		{bytesAnd(`{"op":"QAdd","in":[1,1],"ints":[1,2,3,4,5,6]}`), ""},
		{bytesAnd(`{"op":"QAdd","in":[1,2],"ints":[1,2,3,4,5,6]}`), "differ"},
		{bytesAnd(`{"op":"QAdd","in":[3,3],"ints":[1,2,3,4,5,6]}`), "not U8"},
		{bytesAnd(`{"op":"QAdd","in":[1,1],"ints":[32768,2,3,4,5,6]}`), "16 bits"},
		{bytesAnd(`{"op":"QAdd","in":[1,1],"ints":[1,-32769,3,4,5,6]}`), "16 bits"},
		{bytesAnd(`{"op":"QAdd","in":[1,1],"ints":[1,2,1073741825,4,5,6]}`), "bias"},
		{bytesAnd(`{"op":"QAdd","in":[1,1],"ints":[1,2,-2147483648,4,5,6]}`), "bias"},
		{bytesAnd(`{"op":"QAdd","in":[1,1],"ints":[1,2,3,0,5,6]}`), "shift 0"},
		{bytesAnd(`{"op":"QAdd","in":[1,1],"ints":[1,2,3,21,5,6]}`), "shift 21"},
		{bytesAnd(`{"op":"QAdd","in":[1,1],"ints":[1,2,3,4,6,5]}`), "bounds 6 and 5"},
		{bytesAnd(`{"op":"QAdd","in":[1,1],"ints":[1,2,3,4,5,256]}`), "no byte"},
		{bytesAnd(`{"op":"QScale","in":[1,4,5],"ints":[4,5,6]}`), ""},
		{bytesAnd(`{"op":"QScale","in":[1,5,4],"ints":[4,5,6]}`), "scaled by"},
		{bytesAnd(`{"op":"QScale","in":[1,4,5],"ints":[-1,5,6]}`), "shift -1"},
		{bytesAnd(`{"op":"QScale","in":[2,4,5],"ints":[4,5,6]}`), "no last dimensions"},
		{bytesAnd(`{"op":"QResample","in":[1],"ints":[2,0,255]}`), ""},
		{bytesAnd(`{"op":"QResample","in":[1],"ints":[2,0,256]}`), "no byte"},
		{bytesAnd(`{"op":"QResample","in":[1],"ints":[0,0,0]}`), "kind 0"},
		{bytesAnd(`{"op":"QResample","in":[1],"ints":[4,0,2,2,0,2,2,0]}`), "kind 4"}, // a pool
		{bytesAnd(`{"op":"QResample","in":[3],"ints":[2,0,0]}`), "not U8"},
		{bytesAnd(`{"op":"Pad","in":[1],"ints":[1,2,3,256]}`), "padded with 256"},
		{bytesAnd(`{"op":"Pad","in":[3],"ints":[1,2,3,1]}`), "padded with 1"},
		{bytesAnd(`{"op":"Concat","in":[1,3],"ints":[1]}`), "none of F32, U8 and I16"},
		{bytesAnd(`{"op":"PickMax","in":[4,4],"ints":[0]}`), "no PickMax"},
		{bytesAnd(wordsAnd(`"WAdd","in":[6,6],"ints":[16384,-16384,1073741823,30,-32768,32767]`)), ""},
		{bytesAnd(wordsAnd(`"WAdd","in":[6,1],"ints":[1,2,3,4,5,6]`)), "not I16"},
		{bytesAnd(wordsAnd(`"WAdd","in":[6,6],"ints":[16385,2,3,4,5,6]`)), "multiplier 16385"},
		{bytesAnd(wordsAnd(`"WAdd","in":[6,6],"ints":[1,-32768,3,4,5,6]`)), "multiplier -32768"},
		{bytesAnd(wordsAnd(`"WAdd","in":[6,6],"ints":[1,2,1073741824,4,5,6]`)), "bias"},
		{bytesAnd(wordsAnd(`"WAdd","in":[6,6],"ints":[1,2,3,31,5,6]`)), "shift 31"},
		{bytesAnd(wordsAnd(`"WAdd","in":[6,6],"ints":[1,2,3,4,6,5]`)), "bounds 6 and 5"},
		{bytesAnd(wordsAnd(`"WAdd","in":[6,6],"ints":[1,2,3,4,5,32768]`)), "bounds 5 and 32768"},
		{bytesAnd(wordsAnd(`"WScale","in":[6,4,5],"ints":[4,-5,6]`)), ""},
		{bytesAnd(wordsAnd(`"WScale","in":[1,4,5],"ints":[4,-5,6]`)), "not I16"},
		{bytesAnd(wordsAnd(`"WScale","in":[6,5,4],"ints":[4,5,6]`)), "scaled by"},
		{bytesAnd(wordsAnd(`"WScale","in":[6,4,5],"ints":[0,5,6]`)), "shift 0"},
		{bytesAnd(wordsAnd(`"WResample","in":[6],"ints":[2]`)), ""},
		{bytesAnd(wordsAnd(`"WResample","in":[6],"ints":[3]`)), "SmoothDown"},
		{bytesAnd(wordsAnd(`"WResample","in":[6],"ints":[4,0,2,2,0,2,2,0]`)), "kind 4"},
		{bytesAnd(wordsAnd(`"WResample","in":[1],"ints":[2]`)), "not I16"},
		{bytesAnd(wordsAnd(`"WLookup","in":[6,4]`)), "table"},
		{bytesAnd(wordsAnd(`"WPixels","in":[1,4]`)), "table"},
		{bytesAnd(wordsAnd(`"Widen","in":[1],"ints":[256]`)), "no byte"},
		{bytesAnd(wordsAnd(`"Widen","in":[6]`)), "not U8"},
		{bytesAnd(wordsAnd(`"ToI16","in":[6],"floats":[1]`)), "I16"},
		{bytesAnd(wordsAnd(`"Pad","in":[6],"ints":[1,2,3,1]`)), "padded with 1"},
		{bytesAnd(wconv(6, `1,1,1,1,1,1,0,-32768,32767,32767`)), ""},
		{bytesAnd(wconv(1, `1,1,1,1,1,1,255,-9,9`)), ""},
		{bytesAnd(wconv(1, `1,1,1,1,1,1,256,-9,9`)), "no byte"},
		{bytesAnd(wconv(6, `1,1,1,1,1,1,1,-9,9`)), "zero point 1 of words"},
		{bytesAnd(wconv(6, `1,1,1,1,1,1,0,9,-9`)), "bounds 9 and -9"},
		{bytesAnd(wconv(6, `1,1,1,1,1,1,0,-9,32768`)), "bounds -9 and 32768"},
		{bytesAnd(wconv(6, `1,1,1,1,1,1,0,-9,9,32768`)), "slope 32768"},
		{bytesAnd(wconv(6, `1,1,1,1,1,1,0,-9,9,-1`)), "slope -1"},
		{bytesAnd(wconv(3, `1,1,1,1,1,1,0,-9,9`)), "not U8 or I16"},
		{bytesAnd(wconv(6, `0,1,1,1,1,1,0,-9,9`)), "do not fit"},
		{bytesAnd(qconv(`1,1,1,1,1,1,9,9,0,255`)), ""},
		{bytesAnd(qconv(`1,1,1,1,1,1,9,256,0,255`)), "no byte"},
		{bytesAnd(qconv(`1,1,1,1,1,1,-1,9,0,255`)), "no byte"},
		{bytesAnd(qconv(`1,1,1,1,1,1,9,9,2,1`)), "bounds 2 and 1"},
		{bytesAnd(qconv(`0,1,1,1,1,1,9,9,0,255`)), "do not fit"},
		{bytesAnd(qconv(`1,1,1,1,1,1,9,9,0,255,7`)), "11 ints"},
		{bytesAnd(`{"op":"Var","dtype":"I8","name":"w","shape":[3,3,4,4]},{"op":"QConvOut","in":[1,6,4,5,5],"shape":[-1,4,4,4],` +
			`"ints":[1,1,1,1,1,1,0,0,0,255]}`), "input 2 is"},
		{bytesAnd(`{"op":"Fill","shape":[3,3,4,4]},{"op":"QConvDX","in":[1,6,4,5,5],"shape":[-1,4,4,4],` +
			`"ints":[1,1,1,1,1,1,0,0,0,255]}`), "not U8 and S8"},
		{`{"nodes":[{"op":"Input","dtype":"U8","name":"x","shape":[1,1,1,70000]},{"op":"Var","dtype":"I8","name":"w",` +
			`"shape":[1,1,70000,1]},{"op":"QConvOut","in":[1,2,2,2,2],"shape":[1,1,1,1],"ints":[1,1,0,0,1,1,0,0,0,255]}]}`,
			"sums of 70000 products"},
		{transposed("QConvDX", 32, 32), ""},
		{transposed("QConvDX", 33, 32), "1056 phases, at most 1024"},
		{transposed("QConvDX", 2000, 2000), "4000000 phases"},
		{transposed("ConvDX", 32, 32), ""},
		{transposed("ConvDX", 2000, 2000), "4000000 phases"},
		{`{"nodes":[{"op":"SGD"}]}`, "unknown operation"},
	} {
		_, err := Decode([]byte(c.js))
		if c.want == "" {
			if err != nil {
				t.Errorf("%.80s: %v", c.js, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.80s: %v, want an error with %q", c.js, err, c.want)
		}
	}
}

// bytesAnd is a graph of bytes 1: [-1 4 4 4] and 2: [-1 3], floats 3: [-1 4 4 4], multipliers 4 and biases 5 [4], and a node.
func bytesAnd(node string) string {
	return `{"nodes":[{"op":"Input","dtype":"U8","name":"x","shape":[-1,4,4,4]},{"op":"Input","dtype":"U8","name":"y",` +
		`"shape":[-1,3]},{"op":"Input","dtype":"F32","name":"f","shape":[-1,4,4,4]},{"op":"Var","dtype":"I16","name":"m",` +
		`"shape":[4]},{"op":"Var","dtype":"I32","name":"b","shape":[4]},` + node + `]}`
}

// qconv is nodes for bytesAnd.
func qconv(ints string) string {
	return `{"op":"Var","dtype":"I8","name":"w","shape":[3,3,4,4]},{"op":"Var","dtype":"U8","name":"s","shape":[4]},` +
		`{"op":"QConvOut","in":[1,6,5,5,7],"shape":[-1,4,4,4],"ints":[` + ints + `]}`
}

// wordsAnd is nodes for bytesAnd: words of x, which are node 6, and a node made of them.
func wordsAnd(node string) string { return `{"op":"Widen","in":[1],"ints":[9]},{"op":` + node + `}` }

// wconv is nodes for bytesAnd, a convolution of node x.
func wconv(x int, ints string) string {
	return fmt.Sprintf(`{"op":"Widen","in":[1],"ints":[9]},{"op":"Var","dtype":"I8","name":"w","shape":[3,3,4,4]},{"op":"Var",`+
		`"dtype":"U8","name":"s","shape":[4]},{"op":"WConvOut","in":[%d,7,5,5,8],"shape":[-1,4,4,4],"ints":[%s]}`, x, ints)
}

// transposed is a graph that makes one pixel a picture as wide and high as the strides.
func transposed(op string, strideH, strideW int) string {
	x, w, in, ints := "F32", "F32", "1,2", ""
	if op == "QConvDX" {
		x, w, in, ints = "U8", "I8", "1,2,3,3,4", ",0,0,0,255"
	}
	return fmt.Sprintf(`{"nodes":[{"op":"Input","dtype":"%s","name":"y","shape":[-1,1,1,1]},{"op":"Var","dtype":"%s","name":"w",`+
		`"shape":[1,1,1,1]},{"op":"Var","dtype":"I32","name":"b","shape":[1]},{"op":"Var","dtype":"U8","name":"s","shape":[1]},`+
		`{"op":"%s","in":[%s],"shape":[-1,%d,%d,1],"ints":[%d,%d,0,0,1,1%s]}]}`, x, w, op, in, strideH, strideW, strideH, strideW, ints)
}

// FuzzDecode: what is accepted must encode, decode and bind again.
func FuzzDecode(f *testing.F) {
	js, err := Encode(generator())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(js)
	f.Add([]byte(`{"nodes":[{"op":"Input","dtype":"F32","name":"x","shape":[-1,4]},{"op":"Slice","in":[1],"ints":[1,0,2]},` +
		`{"op":"Concat","in":[1,2],"ints":[1]},{"op":"Permute","in":[3],"ints":[0,1]},{"op":"Pad","in":[4],"ints":[1,2,3]}],` +
		`"outputs":[{"name":"y","node":5}]}`))
	f.Add([]byte(pictures(`{"op":"ColumnStats","in":[1],"ints":[1],"floats":[0.1]},{"op":"Fill","shape":[2]},` +
		`{"op":"ColumnNorm","in":[1,3,4,4],"ints":[1]},{"op":"Resample","in":[5],"ints":[2,1]},{"op":"Softmax","in":[6]},` +
		`{"op":"PickPool","in":[7,6],"ints":[5,0,3,2,1,2,2,0]},{"op":"RowNorm","in":[8],"ints":[3,1],"floats":[0.1]},` +
		`{"op":"Fill","shape":[5,2]},{"op":"Gather","in":[10,2]}`)))
	f.Add([]byte(conv(`"shape":[-1,4,4,3],"ints":[1,1,1,1,1,1]`)))
	f.Add([]byte(`{"nodes":[{"op":"Input","dtype":"U8","name":"x","shape":[2,4]},{"op":"Var","dtype":"I8","name":"w","shape":[4,3]},` +
		`{"op":"Var","dtype":"I32","name":"b","shape":[3]},{"op":"Var","dtype":"U8","name":"s","shape":[3]},` +
		`{"op":"QDot","in":[1,2,3,3,4],"ints":[3,0,255]}],"outputs":[{"name":"y","node":5}]}`))
	f.Add([]byte(bytesAnd(qconv(`1,1,1,1,1,1,9,9,0,255`) + `,{"op":"QAdd","in":[8,1],"ints":[1,2,3,4,5,6]},` +
		`{"op":"QScale","in":[9,4,5],"ints":[4,5,6]},{"op":"QResample","in":[10],"ints":[2,0,255]},` +
		`{"op":"Pad","in":[11],"ints":[1,2,3,4]}`)))
	f.Fuzz(func(t *testing.T, js []byte) {
		b, err := Decode(js)
		if err != nil {
			return
		}
		js2, err := Encode(b)
		if err != nil {
			t.Fatalf("decoded, but does not encode: %v", err)
		}
		if _, err := Decode(js2); err != nil {
			t.Fatalf("encoded, but does not decode: %v", err)
		}
		b.WithBatch(2)
	})
}
