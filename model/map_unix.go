//go:build linux || darwin || freebsd || netbsd || openbsd

package model

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// mapsFiles says what mapFile does.
const mapsFiles = true

func isUnsupported(error) bool { return false }

// mapFile maps a regular file read-only.
func mapFile(path string) ([]byte, func() error, error) {
	info, err := os.Stat(path) // before it is opened: to open a pipe is to wait for its writer
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s: not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, nil, err
	}
	size := info.Size()
	if size == 0 {
		return nil, func() error { return nil }, nil
	}
	if size != int64(int(size)) {
		return nil, nil, fmt.Errorf("%s: %d bytes are more than this machine can map", path, size)
	}
	b, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: mmap: %w", path, err)
	}
	return b, func() error { return unix.Munmap(b) }, nil
}
