//go:build purego || !(amd64 || arm64)

package kernels

// pause is one turn of a spin.
func pause() { stopPoint() }
