package kernels

// Lookup sets dst[i] = table[src[i]].
func Lookup(dst, src []uint8, table *[256]uint8) {
	same(len(dst), len(src))
	active.Load().u8.lookup(dst, src, table)
}

func lookupGeneric(dst, src []uint8, table *[256]uint8) {
	for i, v := range src {
		dst[i] = table[v]
	}
}

// QuantizeI16 sets dst = clamp(zero + Requantize(src, mult, shift), 0, 255). mult and shift are as in GemmU8, zero is
// in 0 .. 255.
func QuantizeI16(dst []uint8, src []int16, mult int32, shift uint8, zero int32) {
	same(len(dst), len(src))
	active.Load().u8.quantize(dst, src, mult, shift, zero)
}

func quantizeI16Generic(dst []uint8, src []int16, mult int32, shift uint8, zero int32) {
	for i, v := range src {
		dst[i] = uint8(max(0, min(zero+Requantize(int32(v), mult, shift), 255)))
	}
}
