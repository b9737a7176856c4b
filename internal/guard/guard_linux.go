package guard

import "golang.org/x/sys/unix"

// pages returns whole pages, at least size bytes, with a forbidden page on either side.
func pages(t TB, size int) []byte {
	t.Helper()
	page := unix.Getpagesize()
	inner := max(1, (size+page-1)/page) * page
	m, err := unix.Mmap(-1, 0, inner+2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal("guard: mmap:", err)
	}
	t.Cleanup(func() { unix.Munmap(m) })
	for _, b := range [][]byte{m[:page], m[page+inner:]} {
		if err := unix.Mprotect(b, unix.PROT_NONE); err != nil {
			t.Fatal("guard: mprotect:", err)
		}
	}
	return m[page : page+inner : page+inner]
}
