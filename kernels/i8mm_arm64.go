//go:build !purego && !windows

package kernels

func windowsHasI8MM() bool { return false }
