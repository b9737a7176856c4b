// Package guard makes slices that end, or begin, exactly at a page which no program may touch, so that a kernel which
// reads or writes one byte too far crashes in a test. For tests only.
package guard

import "unsafe"

// Elem is what kernels work on.
type Elem interface {
	~uint8 | ~int8 | ~int16 | ~uint16 | ~int32 | ~uint32 | ~float32 | ~uint64
}

// TB is the part of testing.TB that is needed here.
type TB interface {
	Helper()
	Fatal(args ...any)
	Cleanup(func())
}

// End returns a slice of n elements whose last byte is followed by a forbidden page (on systems without one: by the
// end of an ordinary slice). Its start is aligned to the element only.
func End[T Elem](t TB, n int) []T {
	t.Helper()
	var z T
	size := n * int(unsafe.Sizeof(z))
	b := pages(t, size)
	return cast[T](b[len(b)-size:], n)
}

// Start returns a slice of n elements whose first byte is preceded by a forbidden page.
func Start[T Elem](t TB, n int) []T {
	t.Helper()
	var z T
	return cast[T](pages(t, n*int(unsafe.Sizeof(z))), n)
}

func cast[T Elem](b []byte, n int) []T {
	if n == 0 {
		return []T{}
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), n)
}
