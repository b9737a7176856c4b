//go:build !purego && (amd64 || arm64)

package kernels

import "github.com/gannet-ml/gannet/asm"

// pause is one turn of a spin. It is not inlined, since its prologue is where the garbage collector can stop a spin.
//
//go:noinline
func pause() { asm.Pause() }
