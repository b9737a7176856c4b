//go:build !(linux || darwin || freebsd || netbsd || openbsd || windows)

package model

import "os"

// mapsFiles says what mapFile does.
const mapsFiles = false

func isUnsupported(error) bool { return true }

// mapFile reads the file: this system maps none.
func mapFile(path string) ([]byte, func() error, error) {
	b, err := os.ReadFile(path)
	return b, func() error { return nil }, err
}
